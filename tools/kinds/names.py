# SPDX-License-Identifier: Apache-2.0
"""The safeguards R1 and R2 of docs/safeguards.md: what no field may be called, and the exceptions with their reasons."""
from kinds.checks import known, refuse

# Parts of names that could describe a person (R1), and those that put somebody in an order (R2).
REFUSED = {
    "R1": set("""name names surname forename nickname alias person persons people individual human_name email mail
        phone telephone tel mobile fax ip ipv4 ipv6 account accounts user users username userid login handle profile
        avatar portrait face faces voice fingerprint biometric birth birthday birthdate born age gender sex sexuality
        religion faith ethnicity race tribe caste nationality citizen citizenship address addresses street home_address
        location gps latitude longitude lat lon coordinates passport identity ssn iban card licence_plate device imei
        cookie session viewer viewers visitor subject suspect offender victim speaker creator poster uploader sender
        recipient follower followers friend friends family member_name child children parent_name spouse employer
        occupation income health diagnosis disability criminal conviction dna author_name reviewer_name
        signer_name""".split()),
    "R2": set("""score scores rank ranks ranking rankings rating ratings rate stars points karma reputation credibility
        trustworthiness reliability grade grades leaderboard badge badges tier best worst top accuracy influence
        popularity strikes index_of_trust weight""".split()),
}
WHY = {"R1": "could describe a person", "R2": "could score or rank somebody"}
MIN_REASON_CHARS = 20


class Names:
    """Judges names of fields by their words; exceptions = the content of exceptions.toml."""
    def __init__(self, exceptions):
        known("exceptions.toml", "", exceptions, dict.fromkeys(REFUSED, dict))
        self.exceptions, self.used = exceptions, set()

    def check(self, file, owner, path, name):
        """owner = the kind or shape that the field belongs to."""
        words = name.split("_")
        spans = {"_".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
        for rule, refused in REFUSED.items():
            bad = sorted(spans & refused)
            if not bad:
                continue
            key = f"{owner}.{name}"
            reason = self.exceptions.get(rule, {}).get(key)
            if not isinstance(reason, str) or len(reason) < MIN_REASON_CHARS:
                refuse(file, path, f"{rule}: \"{bad[0]}\" {WHY[rule]}; "
                                   f"an exception \"{key}\" with its reason stands in exceptions.toml or nowhere")
            self.used.add((rule, key))

    def check_exceptions_used(self):
        for rule, rows in self.exceptions.items():
            for key in rows:
                if (rule, key) not in self.used:
                    refuse("exceptions.toml", f"{rule}.{key}", "nothing needs this exception")
