# SPDX-License-Identifier: Apache-2.0
"""Turns claims into others by rule: a negation put in or taken out, a name exchanged, a country put in or left out, a deputy put
in. The posts that come out say something else than the claim, so none of them may be confirmed. Used by check_sets.py and quality.py.

The rules are blunt: not every post is good style, but each has the opposite negation, or another name, in the claim's own words.
"""
import random
import re

HELD = ("negation put in", "negation taken out", "name exchanged")  # the kinds that are held to a limit
KINDS = (*HELD, "country put in", "country left out", "deputy put in")

# Behind these words the negation follows.
AFTER = {"en": ("not", "is are was were has have had will can could should would did does must may"),
         "id": ("tidak", "akan telah sudah dapat bisa masih ini itu yang juga"),
         "ms": ("tidak", "akan telah sudah dapat boleh masih ini itu yang juga")}
# Before these it stands.
BEFORE = {"es": ("no", "es son fue fueron era ha han había está están puede pueden tiene tienen será serán hay debe"),
          "fr": ("ne", "est sont était ont avait sera peut peuvent doit doivent"),
          "it": ("non", "è sono era ha hanno aveva sarà può possono deve"),
          "vi": ("không", "có được bị phải thể cho làm"),
          "ar": ("لا", "يمكن يوجد توجد يكون تكون يستطيع تستطيع يجب يتم تتم يقول تقول يزال تزال هناك")}
# A word and what it becomes.
EXCHANGED = {"fa": dict((pair.split() for pair in ("است نیست", "هستند نیستند", "شد نشد", "شدند نشدند", "کرد نکرد", "کردند نکردند", "دارد ندارد",
                                                   "دارند ندارند", "بود نبود", "بودند نبودند", "خواهد نخواهد", "می‌شود نمی‌شود", "می‌کند نمی‌کند",
                                                   "داد نداد", "گفت نگفت", "کرده نکرده", "شده نشده")))}
TAKEN_OUT = {"en": "not no", "es": "no", "fr": "pas", "it": "non", "id": "tidak bukan tak", "ms": "tidak bukan tak",
             "vi": "không chưa chẳng", "ar": "لا لم لن ليس ليست", "fa": "نیست نشد نکرد ندارد"}
# What stands behind such a word where it negates nothing: "not only", "no doubt"; Vietnamese "không gian" is space, "chẳng hạn" an example.
IDIOM = {"en": "only just merely simply necessarily least matter doubt problem more less later we", "es": "solo sólo obstante", "fr": "seulement",
         "it": "solo appena", "id": "hanya cuma saja", "ms": "hanya cuma saja", "fa": "",
         "vi": "chỉ gian quân khí vận trung hải lực hạn ngừng những nhừng phận",
         "ar": "شك يزال تزال يزالون زال يقل تقل فقط بد سيما وكذلك"}
# Words that carry the negation on when the other one is taken out ("no … nada"): such claims are left alone then.
REPEATED = {"en": "never nobody nothing", "es": "ni nunca jamás nada nadie ningún ninguna ninguno tampoco", "fr": "ni jamais rien aucun aucune personne",
            "it": "né mai niente nulla nessun nessuna nessuno", "id": "", "ms": "", "vi": "", "ar": "أبدا أبدًا أبدأ مطلقا مطلقًا أحد أم",
            "fa": "هیچ هرگز هیچکس هیچگونه"}
# In scripts without capitals: cities, countries and given names.
NAMES = {"ar": "القاهرة دمشق بغداد بيروت حلب طرابلس صنعاء الخرطوم غزة عمان الرياض سوريا العراق إيران روسيا الصين فرنسا مصر تركيا لبنان اليمن ليبيا "
               "السودان المغرب تونس الجزائر قطر الكويت ألمانيا بريطانيا أوكرانيا محمد أحمد علي حسن حسين خالد عمر يوسف إبراهيم مايكل جون ديفيد",
         "fa": "تهران اصفهان شیراز مشهد تبریز قم اهواز کرمان دمشق بغداد ایران روسیه چین آمریکا عراق سوریه ترکیه عربستان فرانسه آلمان انگلیس لبنان یمن "
               "اوکراین افغانستان پاکستان هند محمد احمد علی حسن حسین رضا مهدی مایکل جان دیوید"}
COUNTRIES = {"en": "Syria Iraq Iran Russia China France Egypt Turkey Germany India Ukraine Brazil Mexico Canada Japan",
             "es": "Siria Irak Irán Rusia China Francia Egipto Turquía Alemania India Ucrania Brasil México Canadá Japón",
             "id": "Suriah Irak Iran Rusia Tiongkok Prancis Mesir Turki Jerman India Ukraina Brasil Meksiko Kanada Jepang",
             "vi": "Syria Iraq Iran Nga Pháp Đức Ukraina Brazil Mexico Canada",
             "ar": "سوريا العراق إيران روسيا الصين فرنسا مصر تركيا ألمانيا الهند أوكرانيا البرازيل المكسيك كندا اليابان",
             "fa": "سوریه عراق ایران روسیه چین فرانسه مصر ترکیه آلمان هند اوکراین برزیل مکزیک کانادا ژاپن"}
DEPUTY = {"en": "vice", "es": "vicepresidente", "id": "wakil", "vi": "phó", "ar": "نائب", "fa": "معاون"}
WORD = re.compile(r"[\w'’-]+")
SENTENCE = re.compile(r"[.!?:;\"“”«»()\n]\s*$")


def spliced(text, match, by):
    return re.sub(r"\s+", " ", text[:match.start()] + by + text[match.end():]).strip()


def negates(lang, text, at):
    """Neither the first half of an idiom nor, like Vietnamese "không?", a question's last word."""
    behind = WORD.search(text, at.end())
    question = lang == "vi" and (behind is None or re.match(r"\W*[?.,]", text[at.end():]) is not None)
    return not question and (behind is None or behind[0] not in IDIOM[lang].split()) and not (lang == "vi" and text[:at.start()].endswith("hàng "))


def negations(lang, text):
    """The claim with a negation put in; taken out."""
    words = list(WORD.finditer(text))
    for put, table in ((lambda w, n: f"{w} {n}", AFTER), (lambda w, n: f"{n} {w}", BEFORE)):
        if lang in table:
            negation, anchors = table[lang]
            at = next((m for m in words if m[0] in anchors.split()), None)
            if at:
                yield "negation put in", spliced(text, at, put(at[0], negation) + (" pas" if lang == "fr" else ""))
    if at := next((m for m in words if m[0] in EXCHANGED.get(lang, {})), None):
        yield "negation put in", spliced(text, at, EXCHANGED[lang][at[0]])
    repeated = any(m[0] in REPEATED[lang].split() for m in words)
    if at := next((m for m in words if not repeated and m[0] in TAKEN_OUT[lang].split() and negates(lang, text, m)), None):
        to = next((a for a, b in EXCHANGED.get(lang, {}).items() if b == at[0]), "")
        yield "negation taken out", spliced(text, at, to)


def names_in(lang, text, small):
    """The words that are names: of a list, or with a capital inside a sentence and never without one (small = all that stand without)."""
    if lang in NAMES:
        return [m for m in WORD.finditer(text) if m[0] in NAMES[lang].split()]
    if sum(w[0][0].isupper() for w in WORD.finditer(text)) * 2 > len(text.split()):
        return []  # a headline with capitals everywhere
    return [m for m in WORD.finditer(text) if len(m[0]) > 3 and m[0].istitle() and m.start() > 0
            and not SENTENCE.search(text[:m.start()]) and m[0].lower() not in small]


def places(lang, text, dice):
    """The claim with a country or a deputy put in somewhere between its words; with a country left out."""
    words, countries = list(WORD.finditer(text)), COUNTRIES.get(lang, "").split()
    if not countries or len(words) < 6:
        return
    at = words[dice.randrange(2, len(words) - 2)]
    yield "country put in", spliced(text, at, f"{at[0]} {dice.choice(countries)}")
    yield "deputy put in", spliced(text, at, f"{DEPUTY[lang]} {at[0]}")
    if named := [m for m in words if m[0] in countries]:
        yield "country left out", spliced(text, dice.choice(named), "")


def turned(claims, most, seed=1):
    """[(kind, id, text)] of claims (rows with id, lang and text), up to `most` of a kind; the same for the same claims."""
    dice, small, found = random.Random(seed), set(), {}
    for c in claims:
        small.update(w for w in WORD.findall(c["text"]) if w[0].islower())
    pools = {}
    for c in claims:
        for m in names_in(c["lang"], c["text"], small):
            pools.setdefault(c["lang"], []).append(m[0])
    for c in dice.sample(claims, len(claims)):
        if len(c["text"]) < 40 or c["lang"] not in TAKEN_OUT:
            continue
        made = [*negations(c["lang"], c["text"]), *places(c["lang"], c["text"], dice)]
        if names := names_in(c["lang"], c["text"], small):
            at = dice.choice(names)
            other = dice.choice([n for n in pools[c["lang"]] if n[:3] != at[0][:3]] or [""])
            if other:
                made.append(("name exchanged", spliced(c["text"], at, other)))
        for kind, text in made:
            if len(found.setdefault(kind, [])) < most and text != c["text"]:
                found[kind].append((kind, c["id"], text))
    return [row for rows in found.values() for row in rows]
