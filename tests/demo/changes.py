# SPDX-License-Identifier: Apache-2.0
"""Rules that change what a text says, or only how it looks, in nine languages. All of them are ours, written for
the claims of the demonstration; each yields (rule, changed text).

A rule has to give what a native speaker would understand as the changed claim. Style may suffer.
"""
import re

LANGS = ("ar", "en", "es", "fa", "fr", "id", "it", "ms", "vi")
DIGITS = {}
for zero in (0x30, 0x660, 0x6F0):
    DIGITS.update({chr(zero + d): (zero, d) for d in range(10)})

# ---- numbers -------------------------------------------------------------------------------------------------------

NUMBER_WORDS = {  # only words that are never articles or pronouns, each replaced by the next of its list
    "ar": ["سنتين", "ثلاث سنوات"],
    "en": ["two", "three", "seven", "nine", "twice"],
    "es": ["dos", "tres", "siete", "nueve"],
    "fa": ["دو", "سه", "هفت", "نه"],
    "fr": ["deux", "trois", "sept", "neuf"],
    "id": ["dua", "tiga", "tujuh", "sembilan"],
    "it": ["due", "tre", "sette", "nove"],
    "ms": ["dua", "tiga", "tujuh", "sembilan"],
    "vi": ["hai lần", "ba lần", "bảy lần"],
}


def numbers_of(text):
    return list(re.finditer(r"[0-9٠-٩۰-۹]+(?:[.,٫][0-9٠-٩۰-۹]+|[  ][0-9]{3}(?![0-9]))*", text))


def with_digit(text, at, digit):
    zero = DIGITS[text[at]][0]
    return text[:at] + chr(zero + digit) + text[at + 1:]


def change_digit(text, _lang):
    """The last digit of each number one higher, and its first digit another one."""
    for m in numbers_of(text):
        last = m.end() - 1
        yield "last digit", with_digit(text, last, (DIGITS[text[last]][1] + 1) % 10 or 1)
        if m.end() - m.start() > 1:
            first = DIGITS[text[m.start()]][1]
            yield "first digit", with_digit(text, m.start(), first % 9 + 1)


def change_number(text, lang):
    """Each number ten times as large, or another number word."""
    for m in numbers_of(text):
        zero = chr(DIGITS[text[m.start()]][0])
        integer = re.match(r"[0-9٠-٩۰-۹]+", m[0])[0]
        if integer[0] != zero:
            yield "ten times", text[:m.start()] + integer + zero + text[m.start() + len(integer):]
    words = NUMBER_WORDS[lang]
    for word, other in zip(words, words[1:]):
        m = re.search(rf"(?<!\w){word}(?!\w)", text, re.I)
        if m:
            other = other.capitalize() if m[0][0].isupper() else other
            yield "number word", text[:m.start()] + other + text[m.end():]


# ---- negation ------------------------------------------------------------------------------------------------------

EN_VERBS = ("cures|causes|hardens|kills|raises|destroys|lengthens|gives|lowers|reduces|prevents|loses|tastes|absorbs|makes|washes|"
            "pays|gets|forces|abolishes|begins|takes|charges|proves|releases|changes|shows|receives")
NEGATIONS = {  # the first rule that meets a text without a cue adds one; \1 is the verb
    "en": [(rf"\b({EN_VERBS})\b", lambda m: "does not " + re.sub("(?<=sh)es$|s$", "", m[1])),
           (r"\b(is|are|was|were|will|can|has|have|must|should)\b(?! only)", r"\1 not"),
           (r"\b(cure|ask|charge|store|steal|drain|kill|release|pay|end up|spread|limit|carry out|get)\b", r"do not \1"),
           (r"\b(confirmed|declared|classified|failed|killed|made|believed|won|wore|said|demolished|launched|heard|abolished|introduced)\b",
            r"never \1")],
    "es": [(r"\b(cura|curan|mata|endurece|causa|puede|pueden|puedes|provoca|declaró|cambia|sirven|destruye|usa|quedará|confirmó|han confirmado|tarda|"
            r"suspendió|creían|es|son|fueron|está|están|se vende|suman|cortaron|permite|ha roto|salva|muestra|demolieron|mató|cobrará|cobra|"
            r"regalan|guardan|eliminará|lanzaron|limitan|baja|recibe|viven|empieza|secuestran|oyó|deben|prohibió|figuran|se verá|construyeron|espera)\b",
            r"no \1")],
    "fr": [(r"\b(guérit|tue|fige|provoque|peut|peuvent|rend|donne|prolonge|modifie|met|mesurait|risque|permet|frappera|atteindra|sera|sont|est|"
            r"reçoit|supprimera|saisir|limitent|touche|commence|doit|doivent|enlèvent|fera|offrent|va|ont|a)\b",
            lambda m: ("n'" if m[1][0] in "aeoé" else "ne ") + m[1] + " pas")],
    "it": [(r"\b(guarisce|uccide|indurisce|provoca|può|possono|causa|modifica|deve|devono|usa|ha|hanno|è|sono|furono|fu|perde|impiega|permette|"
            r"colpirà|ricevono|riceve|abolirà|limitano|obbliga|inizia|regalano|rapiscono|sta|rubano|farà|sono state|vengono|sentì|hanno)\b", r"non \1")],
    "id": [(r"\b(adalah)\b", "bukanlah"),
           (r"\b(menyembuhkan|membunuh|menyebabkan|bisa|akan|mengubah|memastikan|mengurangi|membekukan|merusak|melepaskan|dijual|dibangun|dilapisi|"
            r"menewaskan|meluncurkan|ditolak|diputus|mengizinkan|disebabkan|menarik|membagikan|membatasi|menerima|ditampung|diberi|bermula|"
            r"menculik|mendengar|harus|gratis|menyatakan|ditambahkan|ditemukan|membutuhkan|memakai|punya)\b", r"tidak \1")],
    "ms": [(r"\b(adalah|ialah)\b", "bukanlah"),
           (r"\b(menyembuhkan|membunuh|menyebabkan|boleh|akan|mengubah|mengesahkan|membekukan|merosakkan|dijual|dibina|disaluti|mengorbankan|"
            r"melancarkan|ditolak|diputuskan|membenarkan|berpunca|memberi|mengehadkan|menerima|ditampung|diberi|bermula|menculik|mendengar|"
            r"perlu|percuma|mengisytiharkan|ditambah|mengambil|gagal|mempunyai|menggunakan)\b", r"tidak \1")],
    "vi": [(r"(?<!\w)(là)(?!\w)", r"không phải là"),
           (r"(?<!\w)(chữa khỏi|tiêu diệt|gây|làm|có thể|bị|xác nhận|cho phép|bắt đầu|được|tuyên bố|thu|tặng|xóa bỏ|ra mắt|giới hạn|sống ở|phát động|"
            r"bắt cóc|nghe thấy|phải trả|chìm|mất|thi trượt|tràn về|trông|đã)(?!\w)", r"không \1")],
    "ar": [(r"\b(هي التي)\b", r"ليست \1"), (r"\b(هو)\b", "ليس"),
           (r"\bس(يظهر|تغرق|يضرب|تصل|يفرض|يعاد|يلغي)\b", r"لن \1"),
           (r"\b(يشفي|تشفي|يقتل|يجمّد|يسبب|ينقذ|يعالج|يغيّر|يزيد|يستغرق|تحتاج|يُباع|يمكنك|تُضاف|ترفضها|تسمح|توزّع|تحدّد|يحصل|يتسلّم|يتقاضى|"
            r"تستضيفهم|تبدأ|ينفّذون|تخطف)\b", r"لا \1"), (r"\bوتحتاج\b", "ولا تحتاج"),
           (r"\bأعلنت\b", "لم تعلن"), (r"\bأكدت\b", "لم تؤكد"), (r"\bأكّد\b", "لم يؤكد"), (r"\bأطلقت\b", "لم تطلق"), (r"\bرسب\b", "لم يرسب"),
           (r"\bاحترقت\b", "لم تحترق"), (r"\bتأسست\b", "لم تتأسس"), (r"\bسمع\b", "لم يسمع"), (r"\bانهار\b", "لم ينهر"),
           (r"\bقُطعت\b", "لم تُقطع"), (r"\bقتل\b", "لم يقتل"), (r"\bبناها\b", "لم يبنها")],
    "fa": [(r"\bمی(?=‌\w+[.]?$)", "نمی"), (r"\bاست(?=\.?$)", "نیست"), (r"\bشد(?=\.?$)", "نشد"), (r"\bکرد(?=\.?$)", "نکرد"),
           (r"\bکردند(?=\.?$)", "نکردند"), (r"\bبود(?=\.?$)", "نبود"), (r"\bبپردازند(?=\.?$)", "نپردازند"), (r"\bگرفت(?=\.?$)", "نگرفت"),
           (r"\bمی(?=‌\w)", "نمی"), (r"\bاست\b", "نیست")],
}
REMOVALS = {  # the first that meets takes the negation out
    "en": [(r"\b(do|does|did|cannot|has|will) not\b", lambda m: {"cannot": "can"}.get(m[1], m[1])), (r"\bcannot\b", "can"), (r"\bnever\b", "always"),
           (r"\bnot\b ", ""), (r"\bno longer\b", "still"), (r"\bno\b", "some"), (r"\bwithout\b", "with")],
    "es": [(r"\bno (?=\w)", ""), (r"\bnunca\b", "siempre"), (r"\bsin\b", "con")],
    "fr": [(r"\b(?:ne |n')(.{1,20}?) (?:pas|jamais)\b", r"\1"), (r"\baucun (\w+) n'(\w+)", r"un \1 \2"), (r"\bsans\b", "avec")],
    "it": [(r"\bnon (.{1,12}?) (?:mai|nessun)\b", r"\1"), (r"\bnon ", ""), (r"\bsenza\b", "con")],
    "id": [(r"\btidak pernah\b", "pernah"), (r"\btidak ", ""), (r"\btanpa\b", "dengan")],
    "ms": [(r"\btidak pernah\b", "pernah"), (r"\btidak ", ""), (r"\btanpa\b", "dengan")],
    "vi": [(r"(?<!\w)không bao giờ ", "luôn "), (r"(?<!\w)chưa từng ", "từng "), (r"(?<!\w)không ", "")],
    "ar": [(r"\bولا\b ", "و"), (r"\bلا ", ""), (r"\bلم يحدث أبدًا\b", "حدث"), (r"\bلن ", "س"), (r"\bدون\b", "مع"), (r"\bبلا\b", "مع")],
    "fa": [(r"\bنمی(?=‌?\w)", "می"), (r"\bنیست\b", "است"), (r"\bندارند\b", "دارند"), (r"\bندارد\b", "دارد"), (r"\bنخواهد\b", "خواهد"),
           (r"\bبدون\b", "با"), (r"\bنیفتاد\b", "افتاد"),
           (r"\bنپردازید\b", "بپردازید")],
}
BESIDE = {  # what leans on a negation that was taken out: "no … ni" becomes "… y"
    "es": [("ni siquiera", "incluso"), (" ni ", " y "), ("ningún", "un"), ("ninguno", "alguno")],
    "fa": [("هیچ‌وقت", "همیشه"), ("هیچ ", ""), ("هرگز", "همیشه")],
    "fr": [("même pas", "même"), (" ni ", " et ")],
    "it": [("nemmeno", "anche"), (" né ", " e "), ("nessun", "un")],
    "en": [("not even", "even")],
}
DENIALS = {  # before the claim, behind the claim
    "ar": ("ليس صحيحًا أن ", "، وهذا غير صحيح."),
    "en": ("It is not true that ", ", which is not true."),
    "es": ("No es cierto que ", ", lo cual no es cierto."),
    "fa": ("درست نیست که ", "، که درست نیست."),
    "fr": ("Il n'est pas vrai que ", ", ce qui n'est pas vrai."),
    "id": ("Tidak benar bahwa ", ", padahal itu tidak benar."),
    "it": ("Non è vero che ", ", il che non è vero."),
    "ms": ("Tidak benar bahawa ", ", sedangkan itu tidak benar."),
    "vi": ("Không có chuyện ", ", điều này không đúng."),
}
CUES = {  # a text with one of these is negative already
    "ar": r"\b(لا|لم|لن|ليس|ليست|دون|بلا|غير|ولا|ما لم)\b",
    "en": r"\b(not|never|no|none|nobody|cannot|without)\b",
    "es": r"\b(no|nunca|sin|ningún|ninguno|ni)\b",
    "fa": r"\b(نمی|نیست|بدون|هرگز|هیچ|ندار|نخواه|نیفتاد|ندهد|نپرداز)",
    "fr": r"\b(ne|pas|jamais|aucun|sans)\b|\bn'",
    "id": r"\b(tidak|tanpa|bukan|tak)\b",
    "it": r"\b(non|mai|senza|nessun)\b",
    "ms": r"\b(tidak|tanpa|bukan|tak)\b",
    "vi": r"(?<!\w)(không|chưa|chẳng)(?!\w)",
}


def lowered(text):
    """For standing behind other words: the first letter small, but for names in capitals."""
    return text if text[1:2].isupper() else text[0].lower() + text[1:]


def first_rule(rules, text):
    for pattern, by in rules:
        changed, n = re.subn(pattern, by, text, count=1)
        if n:
            return changed
    return None


def change_negation(text, lang):
    negative = re.search(CUES[lang], text, re.I)
    changed = first_rule(REMOVALS[lang] if negative else NEGATIONS[lang], text)
    if changed and negative:
        for leaning, instead in BESIDE.get(lang, []):
            changed = changed.replace(leaning, instead)
    if changed:
        yield "removed" if negative else "added", changed
    before, behind = DENIALS[lang]
    yield "denied before", before + lowered(text)
    yield "denied behind", text.rstrip(".") + behind


# ---- names ---------------------------------------------------------------------------------------------------------

CITIES = {
    "ar": ["ووهان", "جاكرتا", "دبي", "قازان", "ين باي", "فاس", "البندقية", "الإسكندرية"],
    "en": ["Wuhan", "Jakarta", "Dubai", "Houston", "Valencia", "Kazan", "Birmingham", "Venice", "Barcelona", "Da Nang", "Yen Bai", "Naples",
           "Alexandria", "Fez", "Bali"],
    "es": ["Wuhan", "Yakarta", "Dubái", "Houston", "Valencia", "Kazán", "Yen Bai", "Venecia", "Barcelona"],
    "fa": ["ووهان", "جاکارتا", "دبی", "کازان", "ین‌بای", "ونیز"],
    "fr": ["Wuhan", "Jakarta", "Dubaï", "Kazan", "Yen Bai", "Venise", "Fès"],
    "id": ["Wuhan", "Jakarta", "Dubai", "Kazan", "Yen Bai", "Venesia"],
    "it": ["Wuhan", "Giacarta", "Dubai", "Kazan", "Yen Bai", "Venezia", "Birmingham", "Napoli"],
    "ms": ["Wuhan", "Jakarta", "Dubai", "Kazan", "Yen Bai", "Venice"],
    "vi": ["Vũ Hán", "Jakarta", "Dubai", "Kazan", "Yên Bái", "Venice", "Đà Nẵng"],
}
COUNTRIES = {
    "ar": ["الصين", "مصر", "أستراليا", "اليابان", "إيطاليا", "فرنسا", "إستونيا", "نيوزيلندا"],
    "en": ["China", "Egypt", "Australia", "Japan", "Italy", "France", "Germany", "Kenya", "Morocco", "Estonia", "New Zealand", "Vietnam", "Spain"],
    "es": ["China", "Egipto", "Australia", "Japón", "España", "Francia", "Estonia", "Nueva Zelanda"],
    "fa": ["چین", "مصر", "استرالیا", "ژاپن", "آلمان", "فرانسه", "استونی", "نیوزیلند"],
    "fr": ["Chine", "Égypte", "Australie", "Japon", "France", "Estonie", "Nouvelle-Zélande", "Maroc"],
    "id": ["Tiongkok", "Mesir", "Australia", "Jepang", "Prancis", "Estonia", "Selandia Baru"],
    "it": ["Cina", "Egitto", "Australia", "Giappone", "Italia", "Francia", "Estonia", "Nuova Zelanda"],
    "ms": ["China", "Mesir", "Australia", "Jepun", "Perancis", "Estonia", "New Zealand"],
    "vi": ["Trung Quốc", "Ai Cập", "Úc", "Nhật Bản", "Pháp", "Estonia", "New Zealand"],
}
INSTITUTIONS = {
    "ar": ["منظمة الصحة العالمية", "ناسا", "الأمم المتحدة", "الاتحاد الأوروبي", "اليونسكو"],
    "en": ["World Health Organization", "NASA", "IARC", "BMKG", "INPS", "European Union", "UNESCO"],
    "es": ["Organización Mundial de la Salud", "NASA", "BMKG", "ONU", "UNESCO"],
    "fa": ["سازمان جهانی بهداشت", "ناسا", "سازمان ملل", "اتحادیهٔ اروپا", "یونسکو"],
    "fr": ["Organisation mondiale de la santé", "NASA", "BMKG", "ONU", "Union européenne", "UNESCO"],
    "id": ["Organisasi Kesehatan Dunia", "NASA", "BMKG", "PBB", "Uni Eropa", "UNESCO"],
    "it": ["Organizzazione mondiale della sanità", "NASA", "BMKG", "INPS", "ONU", "UNESCO"],
    "ms": ["Pertubuhan Kesihatan Sedunia", "NASA", "BMKG", "PBB", "UNESCO"],
    "vi": ["Tổ chức Y tế Thế giới", "NASA", "BMKG", "Liên Hợp Quốc", "UNESCO"],
}
PRODUCTS = {lang: ["WhatsApp", "Telegram", "Facebook"] for lang in LANGS} | {
    "ar": ["واتساب", "تلغرام", "فيسبوك"], "fa": ["واتساپ", "تلگرام", "فیسبوک"]}
COMPANIES = {lang: ["Pfizer", "Moderna", "Bayer"] for lang in LANGS} | {
    "ar": ["فايزر", "موديرنا", "باير"], "fa": ["فایزر", "مدرنا", "بایر"]}
PLACES = {
    "ar": ["أوروبا", "أفريقيا", "آسيا"], "en": ["Europe", "Africa", "Asia", "Antarctica"], "es": ["Europa", "África", "Asia", "Antártida"],
    "fa": ["اروپا", "آفریقا", "آسیا"], "fr": ["Europe", "Afrique", "Asie"], "id": ["Eropa", "Afrika", "Asia"],
    "it": ["Europa", "Africa", "Asia"], "ms": ["Eropah", "Afrika", "Asia"], "vi": ["châu Âu", "châu Phi", "châu Á"],
}
PERSONS = {lang: ["Albert Einstein", "Isaac Newton", "Marie Curie"] for lang in LANGS} | {
    "ar": ["ألبرت أينشتاين", "إسحاق نيوتن"], "fa": ["آلبرت اینشتین", "ایزاک نیوتن"]}
KINDS = {"city": CITIES, "country": COUNTRIES, "institution": INSTITUTIONS, "product": PRODUCTS, "company": COMPANIES,
         "place": PLACES, "person": PERSONS}


def change_name(text, lang):
    """Each name of a list replaced by the next of its list that the text does not hold."""
    for kind, lists in KINDS.items():
        names = lists[lang]
        for i, name in enumerate(names):
            m = re.search(rf"(?<![\w‌-]){name}(?![\w‌-])", text)
            others = [n for n in names[i + 1:] + names[:i] if n not in text]
            if m and others:
                yield kind, text[:m.start()] + others[0] + text[m.end():]


# ---- comparison ----------------------------------------------------------------------------------------------------

OPPOSITES = {  # small words that carry the claim; the first that a text holds gives way to the other
    "ar": [("أكثر من", "أقل من"), ("في جميع", "في بعض"), ("بعد", "قبل")],
    "en": [("more than", "less than"), ("above", "below"), ("(?<!at )all", "some"), ("under(?= [0-9])", "over"), ("after", "before"),
           ("more birds", "fewer birds")],
    "es": [("más de", "menos de"), ("todos los", "algunos de los"), ("después", "antes"), ("antes de", "después de")],
    "fa": [("بیش از", "کمتر از"), ("همهٔ", "بعضی از"), ("بعد از", "قبل از"), ("پس از", "پیش از")],
    "fr": [("plus de", "moins de"), ("tous les", "certains des"), ("toutes les(?! [0-9])", "certaines des"), ("après", "avant"),
           ("au-dessus", "au-dessous")],
    "id": [("lebih dari", "kurang dari"), ("semua", "sebagian"), ("setelah", "sebelum")],
    "it": [("più di", "meno di"), ("tutti i", "alcuni dei"), ("dopo", "prima")],
    "ms": [("lebih(?: daripada)?", "kurang daripada"), ("semua", "sebahagian"), ("selepas", "sebelum")],
    "vi": [("quá(?= [0-9])", "dưới"), ("mọi", "vài"), ("sau", "trước"), ("trước", "sau")],
}
CALLED_FALSE = {"ar": "شائعة: ", "en": "HOAX: ", "es": "BULO: ", "fa": "شایعه: ", "fr": "INTOX : ", "id": "HOAKS: ", "it": "BUFALA: ",
                "ms": "PALSU: ", "vi": "TIN GIẢ: "}


def change_comparison(text, lang):
    for word, other in OPPOSITES[lang]:
        m = re.search(rf"(?<!\w)(?:{word})(?!\w)", text, re.I)
        if m:
            other = other.capitalize() if m[0][0].isupper() else other
            yield "opposite", text[:m.start()] + other + text[m.end():]
            return


def call_false(text, lang):
    yield "called false", CALLED_FALSE[lang] + text


CHANGES = {"digit": change_digit, "number": change_number, "negation": change_negation, "name": change_name,
           "comparison": change_comparison, "called false": call_false}

# ---- the same, in other clothes ------------------------------------------------------------------------------------


def every_other_letter(text, mark):
    return re.sub(r"(?<=\w\w)(?=\w\w)", mark, text)


def copies(text, lang):
    """What a reader takes for the claim itself."""
    yield "plain", text
    if lang not in ("ar", "fa"):
        yield "capitals", text.upper()
    yield "emoji", "🚨🚨 " + text.replace(" ", " 😱 ", 1) + " 👇👇"
    yield "zero width", every_other_letter(text, "\u200b")
    yield "quotes", "«" + text + "»"
    yield "no punctuation", re.sub(r"(?<!\d)[.,،؛:](?!\d)", "", text)
    yield "link and tags", text + " #share #truth https://link.example/x1"


def cuts(text, _lang):
    """The first three quarters of the words."""
    words = text.split()
    if len(words) >= 8:
        yield "cut", " ".join(words[:len(words) * 3 // 4])
