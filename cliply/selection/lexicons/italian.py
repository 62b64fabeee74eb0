"""Italian words."""

from cliply.selection.lexicon import Lexicon, endings, vocabulary, weighted, weighted_phrases

LEXICON = Lexicon(
    continuations=vocabulary("e ed ma perché quindi oppure allora poi anche però dunque inoltre"),
    stopwords=vocabulary(
        """
        alla alle allo allora anche ancora avere aveva bene che chi ci come con cosa cose così cui
        dal dalla degli dei del della delle dello dentro di dopo dove due ecco era erano essere fare
        fatto gli hai hanno ha ho il in io la le lei li lo loro lui ma meno mi mia mio molto molti
        nei nel nella nelle noi non nostra nostro nulla ogni ora per perché però più poco poi prima
        proprio quale quando quanto quel quella quelle quelli quello questa queste questi questo
        qui sarà se sei sempre senza sia siamo siete solo sono sopra sotto sta stato stesso su sua
        sue sugli sul sulla suo suoi tra tutta tutte tutti tutto una uno va voi vostra vostro
        """
    ),
    strong=weighted(
        {
            1.0: "segreto errore verità bugia mito impossibile incredibile scandalo miracolo",
            0.8: """mai nessuno peggiore migliore pericoloso illegale vietato disastro fallimento
                fallito licenziato morto amo odio sorprendente""",
            0.6: "problema pazzo follia trucco prova paura morte guerra soldi ricco sbagliato",
            0.4: "sempre tutto niente primo prima ultimo ultima importante regola lezione",
        }
    ),
    phrases=weighted_phrases({1.0: ("la verità è",), 0.8: ("il problema è", "cosa succede se")}),
    number_words=vocabulary("cento mille mila milione milioni miliardo miliardi euro dollari"),
    endings=endings("azioni azione mente ando endo", "ita i e o a"),
)
