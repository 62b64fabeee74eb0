"""English words."""

from cliply.selection.lexicon import Lexicon, endings, vocabulary, weighted, weighted_phrases

LEXICON = Lexicon(
    continuations=vocabulary(
        "and but so because or then which that also however though yet plus whereas anyway"
    ),
    # Shorter words are never a subject, so only those of four letters and more are listed.
    stopwords=vocabulary(
        """
        about above after again against also another anyway because been before being below
        between both came come comes coming could does doing don't down during each even ever
        every from further gave gets getting give goes going gonna good have having here hers
        himself into it's itself just kind know like little look lots made make makes making many
        maybe mean might more most much myself need okay once only other ours over people plus
        pretty quite really right said same says seen should since some something sort such sure
        take taken than thank thanks that that's their theirs them then there there's these they
        they're thing things think this those though through today together told took under
        until upon used using very want wants welcome well went were what what's when where which
        while whom will with without would yeah yesterday your you're yours yourself didn't doesn't
        isn't wasn't can't couldn't won't i'm we're we've i've let's able almost already always
        anything around away back better else enough everything instead least less long never next
        nothing often perhaps quickly rather several soon still today tomorrow whether within
        without
        """
    ),
    strong=weighted(
        {
            1.0: """secret secrets mistake mistakes truth lie lied lies myth shocking shocked
                insane unbelievable incredible impossible miracle scandal betrayed exposed banned
                warning""",
            0.8: """never nobody worst best biggest greatest craziest scariest funniest hardest
                dangerous illegal terrifying terrified furious disaster failed failure regret quit
                fired bankrupt broke died killed love hate surprising surprised stunning
                amazing""",
            0.6: """why wrong problem fail crazy ridiculous wow magic hack trick proof proven fear
                afraid dead death kill war money rich poor free fastest easiest cheapest largest
                smallest strongest richest oldest youngest unique rare weird strange hilarious""",
            0.4: """how always everyone everything nothing must stop first last only most least
                better worse huge tiny powerful important imagine remember suddenly finally
                actually literally exactly absolutely lesson story advice rule reason key""",
        }
    ),
    phrases=weighted_phrases(
        {
            1.0: ("here's why", "the truth is", "no one", "guess what", "turns out", "plot twist"),
            0.8: ("what if", "how to", "the problem is", "changed my life", "the first time"),
            0.6: ("let me tell", "the thing is", "listen to this", "i was wrong", "big deal"),
        }
    ),
    number_words=vocabulary(
        "hundred thousand million billion trillion percent double triple half dollars euros"
    ),
    endings=endings("ations ation ings ing", "ies ied ed es s e y"),
)
