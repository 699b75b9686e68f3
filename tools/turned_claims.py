# SPDX-License-Identifier: Apache-2.0
"""Turns claims into others by rule: a negation put in or taken out, a name exchanged. The posts that come out say something else
than the claim, so none of them may be confirmed. Used by check_sets.py and quality.py.

The rules are blunt: not every post is good style, but each has the opposite negation, or another name, in the claim's own words.
"""
import random
import re

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
TAKEN_OUT = {"en": "not never no", "es": "no nunca", "fr": "pas jamais", "it": "non mai", "id": "tidak bukan tak", "ms": "tidak bukan tak",
             "vi": "không chưa chẳng", "ar": "لا لم لن ليس ليست", "fa": "نیست نشد نکرد ندارد"}
# In scripts without capitals: cities, countries and given names.
NAMES = {"ar": "القاهرة دمشق بغداد بيروت حلب طرابلس صنعاء الخرطوم غزة عمان الرياض سوريا العراق إيران روسيا الصين فرنسا مصر تركيا لبنان اليمن ليبيا "
               "السودان المغرب تونس الجزائر قطر الكويت ألمانيا بريطانيا أوكرانيا محمد أحمد علي حسن حسين خالد عمر يوسف إبراهيم مايكل جون ديفيد",
         "fa": "تهران اصفهان شیراز مشهد تبریز قم اهواز کرمان دمشق بغداد ایران روسیه چین آمریکا عراق سوریه ترکیه عربستان فرانسه آلمان انگلیس لبنان یمن "
               "اوکراین افغانستان پاکستان هند محمد احمد علی حسن حسین رضا مهدی مایکل جان دیوید"}
WORD = re.compile(r"[\w'’-]+")
SENTENCE = re.compile(r"[.!?:;\"“”«»()\n]\s*$")


def spliced(text, match, by):
    return re.sub(r"\s+", " ", text[:match.start()] + by + text[match.end():]).strip()


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
    if at := next((m for m in words if m[0] in TAKEN_OUT[lang].split()), None):
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
        made = list(negations(c["lang"], c["text"]))
        if names := names_in(c["lang"], c["text"], small):
            at = dice.choice(names)
            other = dice.choice([n for n in pools[c["lang"]] if n[:3] != at[0][:3]] or [""])
            if other:
                made.append(("name exchanged", spliced(c["text"], at, other)))
        for kind, text in made:
            if len(found.setdefault(kind, [])) < most and text != c["text"]:
                found[kind].append((kind, c["id"], text))
    return [row for rows in found.values() for row in rows]
