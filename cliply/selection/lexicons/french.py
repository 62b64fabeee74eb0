"""French words."""

from cliply.selection.lexicon import Lexicon, endings, vocabulary, weighted, weighted_phrases

LEXICON = Lexicon(
    continuations=vocabulary("et mais donc car parce ou alors puis aussi cependant pourtant"),
    stopwords=vocabulary(
        """
        ainsi alors après aussi autre autres aux avait avec avez avoir avons beaucoup bien cela
        celle celui ces cette ceux chaque chez chose choses comme comment dans depuis des donc dont
        elle elles encore entre est était étaient être eux faire fait faut fois font ici ils jamais
        juste leur leurs mais même mêmes moins mon nos notre nous non parce par pas peu peut plus
        pour pourquoi pouvez quand que quel quelle quelque quelques qui quoi rien sans ses sont sous
        suis sur tous tout toute toutes très trop une vais vers voilà vont vos votre vous vraiment
        c'est j'ai n'est qu'il qu'on d'un d'une
        """
    ),
    strong=weighted(
        {
            1.0: "secret erreur vérité mensonge menti mythe impossible incroyable scandale miracle",
            0.8: """jamais personne pire meilleur meilleure dangereux interdit catastrophe échec
                échoué regrette viré faillite mort adore déteste surprenant""",
            0.6: "pourquoi faux problème fou folle astuce preuve peur guerre argent riche pauvre",
            0.4: "comment toujours tout rien premier première dernier dernière soudain enfin règle",
        }
    ),
    phrases=weighted_phrases(
        {1.0: ("la vérité c'est", "figurez vous"), 0.8: ("le problème c'est", "et si on")}
    ),
    number_words=vocabulary("cent mille million millions milliard milliards pourcent euros"),
    endings=endings("ations ation ement", "aux ees ee es er e s x"),
)
