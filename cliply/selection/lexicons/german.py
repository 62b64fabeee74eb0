"""German words."""

from cliply.selection.lexicon import Lexicon, endings, vocabulary, weighted, weighted_phrases

LEXICON = Lexicon(
    continuations=vocabulary(
        "und aber also weil oder denn dann deshalb deswegen darum trotzdem jedoch außerdem sondern"
    ),
    stopwords=vocabulary(
        """
        aber alle allem allen aller alles also andere anderen auch bei beim bin bis bist damit dann
        dass dein deine denn der deren des deshalb dies diese diesem diesen dieser dieses doch dort
        durch eben eigentlich ein eine einem einen einer eines einfach einmal etwas euch euer gegen
        gehen geht gerade gibt ganz haben habe hast hatte hatten hier hinter ihm ihn ihnen ihr ihre
        immer ist jede jeden jeder jedes jetzt kann kannst können kommt könnte lassen machen macht
        mal mehr mein meine meinen mich mir mit muss müssen nach nicht nichts noch nun nur oder ohne
        schon sehr sein seine seinen seit sich sich sie sind soll sollte sondern über und uns unser
        unsere unter vielleicht viel viele vom von vor war waren warum was weil wenn werden wer wie
        wieder will wir wird wirklich wurde wurden würde zum zur zwischen zwar
        """
    ),
    strong=weighted(
        {
            1.0: """geheimnis fehler wahrheit lüge gelogen mythos unmöglich unglaublich skandal
                wunder""",
            0.8: """nie niemals niemand schlimmste schlimmsten beste besten größte größten
                gefährlich verboten katastrophe gescheitert bereue gefeuert pleite gestorben liebe
                hasse erstaunlich""",
            0.6: "warum falsch problem verrückt wahnsinn trick beweis angst tod krieg geld reich",
            0.4: "immer alles nichts erste letzte wichtig plötzlich endlich genau lektion regel",
        }
    ),
    phrases=weighted_phrases(
        {1.0: ("die wahrheit ist",), 0.8: ("was wäre wenn", "das problem ist", "zum ersten mal")}
    ),
    number_words=vocabulary("hundert tausend million millionen milliarde milliarden prozent euro"),
    endings=endings("ungen ung ern", "em en er es e n s"),
)
