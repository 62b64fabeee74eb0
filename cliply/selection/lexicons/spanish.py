"""Spanish words."""

from cliply.selection.lexicon import Lexicon, endings, vocabulary, weighted, weighted_phrases

LEXICON = Lexicon(
    continuations=vocabulary("y e pero porque pues o entonces así también sino aunque además"),
    stopwords=vocabulary(
        """
        ahora algo alguien alguna algunas alguno algunos ante antes aquel aquella aquí así aunque
        bien bueno cada casi como cómo con contra cosa cosas cual cuando cuándo del desde después
        donde dónde dos durante ella ellas ellos entonces entre era eran eres esa esas ese eso esos
        esta está estaba están estas este esto estos estoy fue fueron hace hacer hacia hasta hay
        había haber hemos las les los más mejor menos mi mis mismo mucha muchas mucho muchos muy
        nada ni nos nosotros otra otras otro otros para pero poco por porque pues que qué quien
        quién sea ser será sí sido siempre sin sobre son soy sus también tan tanto tener tengo
        tiene tienen toda todas todo todos tú una unas uno unos usted ustedes vamos voy ya
        """
    ),
    strong=weighted(
        {
            1.0: "secreto error verdad mentira mentí mito imposible increíble escándalo milagro",
            0.8: """nunca nadie peor mejor peligroso ilegal prohibido desastre fracaso fracasé
                despedido quiebra murió amo odio sorprendente""",
            0.6: "problema loco locura truco prueba miedo muerte guerra dinero rico pobre",
            0.4: "cómo siempre todo nada primero primera último última importante regla lección",
        }
    ),
    phrases=weighted_phrases(
        {1.0: ("la verdad es",), 0.8: ("el problema es", "qué pasa si"), 0.6: ("por qué",)}
    ),
    number_words=vocabulary("cien ciento mil millón millones billón euros dólares"),
    endings=endings("aciones acion mente ando iendo", "os as es o a e s"),
)
