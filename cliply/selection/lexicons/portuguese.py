"""Portuguese words."""

from cliply.selection.lexicon import Lexicon, endings, vocabulary, weighted, weighted_phrases

LEXICON = Lexicon(
    continuations=vocabulary("e mas porque pois ou então também porém além aliás embora"),
    stopwords=vocabulary(
        """
        agora ainda algo alguém algum alguma alguns antes aqui assim até bem cada coisa coisas com
        como contra da das de dela dele deles depois do dos durante ela elas ele eles em então
        entre era eram essa essas esse esses esta está estamos estão estas este estes eu fazer
        feito foi for foram fosse há isso isto já lá lhe mais mas meio menos mesmo meu meus minha
        muita muito muitos na nada não nas nem no nos nós nossa nosso num numa onde os ou outra
        outras outro outros para pela pelo per pois por porque pouco quais qual quando quanto quase
        que quem são se seja sem sempre ser será seu seus só sobre sou sua suas também tão tem têm
        tenho ter tinha toda todas todo todos tudo um uma umas uns vai vamos você vocês vou
        """
    ),
    strong=weighted(
        {
            1.0: "segredo erro verdade mentira menti mito impossível incrível escândalo milagre",
            0.8: """nunca ninguém pior melhor perigoso ilegal proibido desastre fracasso demitido
                falência morreu amo odeio surpreendente""",
            0.6: "problema louco loucura truque prova medo morte guerra dinheiro rico pobre errado",
            0.4: "sempre tudo nada primeiro primeira último última importante regra lição",
        }
    ),
    phrases=weighted_phrases({1.0: ("a verdade é",), 0.8: ("o problema é",)}),
    number_words=vocabulary("cem cento mil milhão milhões bilhão bilhões porcento euros reais"),
    endings=endings("acoes acao mente ando endo", "os as es o a e s"),
)
