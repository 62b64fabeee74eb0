"""Phrases of a transcript that speak to a machine and not to the audience.

They are looked for in words as `hidden.undisguised` reads them, joined by single spaces, and the
marks of chat formats in the text as it stands. A person may say some of them in earnest: a hit
costs the moment what a language model could have given it, no more.
"""

import re

_AI = "ai|assistant|chatbot|bot|llm|language model|model|gpt|chatgpt|claude|gemini|llama|copilot"
_ORDERS = "instructions?|prompts?|directions|directives?|guidelines|commands?|guardrails"
_EARLIER = (
    "previous|prior|above|earlier|preceding|foregoing|initial|original|old|your|system|existing"
    "|current|other"
)
_SHOWN = "clip|moment|candidate|segment|passage|excerpt|entry|one here"
_WORDING = "title|titles|description|descriptions|hashtag|hashtags"

PHRASES = {
    "override": (
        r"\b(?<!not )(?<!dont )(?<!don't )(?<!never )(ignore|disregard|forget|override|bypass"
        r"|neglect|overlook|discard|cancel|stop following)"
        rf" (?:\w+ ){{0,4}}?({_EARLIER}|all|any|every|these|those|the)"
        rf" (?:\w+ ){{0,4}}?({_ORDERS})\b",
        rf"\b(ignore|disregard|forget|override) (?:\w+ ){{0,2}}?({_EARLIER}) (?:\w+ )?"
        r"(rules?|text|context|messages?|constraints|everything)\b",
        r"\b(ignore|disregard|forget) everything (above|before|you|i|that was|said)\b",
        rf"\bdo not (follow|obey|apply|use) (?:\w+ ){{0,3}}?({_EARLIER}) ({_ORDERS}|rules)\b",
        rf"\b(new|updated|revised|real|actual|true|secret|additional) ({_ORDERS}) "
        r"(are|is|follow|for|from|to|below|begin)\b",
        r"\byour (new|real|actual|true|only) (task|goal|job|purpose|role|objective"
        r"|instructions?)\b",
    ),
    "role": (
        rf"\byou are (now|no longer) (?:an? |the |my |just )?(?:\w+ ){{0,2}}?"
        rf"({_AI}|dan|unrestricted|free|jailbroken|admin|root|developer)\b",
        rf"\b(act|behave|respond|answer|reply) as (?:an? |the |if you were )?(?:\w+ ){{0,2}}?"
        rf"({_AI}|dan|system|admin|administrator|root|linux terminal)\b",
        rf"\bpretend (to be|you are|that you are) (?:an? |the )?(?:\w+ ){{0,2}}?({_AI}|dan"
        rf"|admin)\b",
        r"\b(developer|dan|god|debug|admin|maintenance|sudo|unrestricted|jailbreak) mode"
        r" (is )?(on|enabled|activated|engaged)\b",
        r"\b(enable|enter|activate|switch to|turn on) (developer|dan|debug|admin|god"
        r"|unrestricted) mode\b",
        r"\bdo anything now\b|\bjailbr(eak|oken) (yourself|this|the model|mode)\b",
        rf"\b(dear|hey|hello|attention|note to|notice to|message to|message for|listen)"
        rf" (?:the |all |any |our )?(?:large )?({_AI}|ranker|editor ai|clip ranker|system)\b",
        rf"\bif you are (?:an? |the )?(?:large )?({_AI})\b",
        r"\b(this is|i am|i m|message from|order from|orders from) (?:your |the |an? )"
        r"(?:\w+ )?(developers?|system administrator|administrator|operator|openai|anthropic"
        r"|creators?)"
        r" (?:and )?(speaking|here|i order|you must|i authori[sz]e|orders?|instruct)",
    ),
    "ranking": (
        rf"\b(rank|rate|score|place|put|choose|pick|select|list|order|promote|prioriti[sz]e|boost)"
        rf" (?:\w+ ){{0,3}}?({_SHOWN}|me|it|this) (?:\w+ ){{0,4}}?"
        r"(first|top|highest|best|number one|no 1|at the top|above all|100|10 out of 10|maximum"
        r"|last"
        r"|lowest|bottom)\b",
        rf"\b(give|assign|award|grant) (?:\w+ ){{0,3}}?({_SHOWN}|this|it|me) (?:\w+ ){{0,3}}?"
        r"(score|rating|virality|coherence|points|rank)\b",
        r"\b(virality|coherence)( score)? (of|is|to|equals|must|should|100|1 0|high)\b",
        r"\b(maximum|highest|perfect|full|zero|lowest) (possible )?(virality|coherence|rank"
        r"|ranking)\b",
        r"\b(all|every|any) (the )?other (clips?|moments?|candidates?|segments?) (?:\w+ ){0,3}?"
        r"(zero|0|lowest|last|worthless|rejected|ignored|removed|dropped|unsafe)\b",
        r"\b(remove|drop|reject|exclude|delete) (all|every|the) other"
        r" (clips?|moments?|candidates?|segments?)\b",
        r"\b(start|end|starts|ends|begin|begins) ?(time|ms|_ms)? (to|at|is|must be) \d+ ?(ms"
        r"|seconds?)?"
        r" (and|in the answer|instead)\b",
    ),
    "wording": (
        rf"\b(set|change|replace|rewrite|make|use) (?:\w+ ){{0,3}}?({_WORDING})"
        r" (to|with|as|of|say|read)\b",
        rf"\b(the|your|each|every|all|clip) ({_WORDING}) (must|should|has to|have to|shall|will)"
        r" (be|say|read|contain|include|mention)\b",
        rf"\b(add|include|insert|put|append|mention|write|place) (?:\w+ ){{0,6}}?(in|into|to)"
        rf" (the|your|each|every|all) ({_WORDING}|answer|output|response|json|reply)\b",
        r"\b(respond|reply|answer|output) (only|just|exactly|nothing but|solely) (with|in|as)?\b",
        r"\b(your|the) (answer|output|response|reply) (must|should|shall) (be|contain|say"
        r"|include)\b",
    ),
    "leak": (
        rf"\b(reveal|repeat|print|show|output|leak|display|expose|dump|recite|return|write out"
        rf"|tell me"
        rf"|give me|translate|summari[sz]e|encode) (?:\w+ ){{0,5}}?"
        rf"(system prompt|(your|the|initial|original|hidden|previous|system) (\w+ )?({_ORDERS})"
        r"|api keys?|access tokens?|secret keys?|environment variables|boundary|delimiters?"
        r"|text above|words above)\b",
        r"\bwhat (is|are|was|were) your (system |initial |original )?(prompt|instructions)\b",
    ),
    "frame": (
        r"\b(end|beginning|begin|start|close) of (the )?"
        r"(transcript|data|user input|user message|system|prompt|candidates?|untrusted"
        r"|instructions)\b",
        r"\b(transcript|candidates?|data|user input) (ends|end|stops) here\b",
        r"\b(begin|start|new) (system|developer|admin) (prompt|message|instructions?|override)\b",
        r"\bsystem (prompt|message|override|instruction|notice|alert|command)\b",
    ),
    "override, in other languages": (
        # German, Dutch, French, Spanish, Portuguese, Italian, Polish, Turkish
        r"\b(ignoriere?|ignorieren|vergiss|vergessen|missachte) (?:\w+ ){0,4}?"
        r"(anweisung(en)?|instruktionen|befehle|vorgaben)\b",
        r"\b(negeer|vergeet) (?:\w+ ){0,4}?(instructies|opdrachten|aanwijzingen)\b",
        r"\b(ignore[zr]?|oublie[zr]?|neglige[zr]?) (?:\w+ ){0,4}?(instructions|consignes"
        r"|directives|regles)\b",
        r"\b(ignora|ignore|ignorar|olvida|olvide|olvidar|descarta) (?:\w+ ){0,4}?"
        r"(instrucciones|indicaciones|ordenes)\b",
        r"\b(ignore|ignora|ignorar|esqueca|esquece|desconsidere) (?:\w+ ){0,4}?"
        r"(instrucoes|orientacoes|ordens)\b",
        r"\b(ignora|ignorare|dimentica|trascura) (?:\w+ ){0,4}?(istruzioni|indicazioni"
        r"|direttive)\b",
        r"\b(zignoruj|zignorowac|zapomnij|pomin) (?:\w+ ){0,4}?(instrukcje|polecenia|zasady"
        r"|instrukcji)\b",
        r"\b(talimatlari|talimatlar|komutlari) (?:\w+ ){0,3}?(yoksay|unut|gormezden)\b",
        # Russian, Ukrainian; marks are gone, so й reads as и
        r"\b(игнорируи(те)?|проигнорируи(те)?|забудь(те)?|отбрось(те)?) (?:\w+ ){0,4}?"
        r"(инструкции|указания|команды)\b",
        r"\b(ігноруи(те)?|ігноруи|забудь(те)?) (?:\w+ ){0,4}?(інструкціі|вказівки|команди)\b",
        # Chinese, Japanese, Korean
        r"(忽略|无视|無視|忘记|忘掉|不要理会|忽視).{0,10}(指令|指示|提示|命令|规则|規則|要求)",
        r"(指示|命令|プロンプト|指令|ルール).{0,8}(無視|忘れ|従わな)",
        r"(지시|명령|프롬프트|지침).{0,8}(무시|잊)",
        # Arabic, Hebrew, Hindi
        r"(تجاهل|انس|اهمل).{0,20}(التعليمات|الاوامر|تعليمات|اوامر)",
        r"(התעלם|תתעלם|שכח).{0,20}(ההוראות|הוראות|ההנחיות)",
        r"(नरदश|आदश|नयम).{0,16}(अनदख|भल|उपकष)",
    ),
}  # fmt: skip
"""Phrases by what they are after, which ends at the comma."""

MARKS = {
    "role": (
        r"(^|[.!?>#*\[(\"'|/]\s?)(system|assistant|developer|tool|function|human|user|ai"
        r"|admin)\s*[:>\]]\s*\S",
        r"<\|?/?\s*(im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id"
        r"|begin_of_text"
        r"|channel|message|return|call|inst|sys|instructions?|prompt|context|candidates?"
        r"|transcript|data"
        r")\b",
        r"\[/?inst\]|<<\s*/?sys\s*>>|###\s*(instruction|system|response|human|assistant|new)"
        r"|\\n\\n(human|assistant)",
    ),
    "frame": (
        r"-{3,}\s*(begin|end|start|system|new)|={3,}\s*(begin|end|start|system|new)"
        r"|</?\s*untrusted",
        r"-{3,}\s*\w+\s*-{3,}|={4,}|#{4,}|`{3,}|\"{3,}|~{4,}",
    ),
    "call": (
        r"\"?(tool_calls?|function_call|final_result|candidate_id|moment_id|arguments"
        r"|tool_choice|rank_moments)"
        r"\"?\s*[:=(\[{]",
        r"[{\[]\s*[\"'][\w ]+[\"']\s*[:,]",
        r"\b(candidate_id|start_ms|end_ms|ranked_by|tool_call)\b",
    ),
    "markup": (
        r"!?\[[^\]]{0,200}\]\s*\(|<\s*/?\s*(a|img|script|iframe|svg|style|meta|link|object|form"
        r"|b|i|p|div|br"
        r")\b",
        r"\bon(error|load|click)\s*=|javascript\s*:|data\s*:\s*(text|image|application)/",
        r"\{\{.{0,200}\}\}|\$\{.{0,200}\}|\{%.{0,200}%\}",
    ),
}  # fmt: skip
"""Marks of chat formats, calls and markup, by what they are after."""

PHRASE_PATTERNS = {
    kind: re.compile("|".join(f"(?:{one})" for one in group)) for kind, group in PHRASES.items()
}
ENGLISH_PATTERNS = {kind: one for kind, one in PHRASE_PATTERNS.items() if "," not in kind}
MARK_PATTERNS = {
    kind: re.compile("|".join(f"(?:{one})" for one in group), re.IGNORECASE)
    for kind, group in MARKS.items()
}

ENCODED = re.compile(
    r"(?<![\w+/=])(?=\S*[A-Z])(?=\S*[a-z])(?=\S*\d)[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=])"
    r"|(?<!\w)(?:[0-9a-fA-F]{2}){16,}(?!\w)|(?:\\x[0-9a-fA-F]{2}){4,}|(?:\\u[0-9a-fA-F]{4}){3,}"
    r"|(?:&#x?[0-9a-fA-F]+;){3,}|(?:%[0-9a-fA-F]{2}){4,}|\b(?:[01]{8}\s+){4,}"
    r"|(?:(?<=\s)|^)[.\-]{1,5}(?:[ /]+[.\-]{1,5}){12,}"
)
"""Base64, hexadecimal, escapes, binary and Morse: nobody says them."""
LINK = re.compile(r"\b(?:https?|ftp)\s*:\s*/\s*/\s*\S+|\bwww\.\S+|\bmailto:\S+", re.IGNORECASE)
RUN_TOGETHER = re.compile(
    r"(ignore|disregard|override|bypass|forget)(all|any|every|of|the|your|my|these|those)*"
    r"(previous|prior|above|earlier|preceding|system|initial)+(instruction|prompt|guideline|direction)"
)
"""An order without spaces, as letters that stand apart are read."""
ROLE = re.compile(r"\b(system|assistant|developer|user|human|tool|function)\s*:", re.IGNORECASE)
