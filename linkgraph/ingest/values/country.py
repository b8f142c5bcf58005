"""Countries as ISO 3166-1 alpha-2 codes, from codes or English names.

The table is ISO 3166-1's list of codes and English short names (2024), with the names in common use
beside those that are formal or were changed. It is carried here because the libraries that have it
are LGPL or have one rare maintainer, and because codes change about once in ten years.
"""

from __future__ import annotations

import re
import unicodedata

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

LONGEST = 120

_COUNTRIES = """
AD AND Andorra
AE ARE United Arab Emirates | UAE | Emirates
AF AFG Afghanistan
AG ATG Antigua and Barbuda
AI AIA Anguilla
AL ALB Albania
AM ARM Armenia
AO AGO Angola
AQ ATA Antarctica
AR ARG Argentina
AS ASM American Samoa
AT AUT Austria
AU AUS Australia
AW ABW Aruba
AX ALA Åland Islands
AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina | Bosnia
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium
BF BFA Burkina Faso
BG BGR Bulgaria
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BL BLM Saint Barthélemy
BM BMU Bermuda
BN BRN Brunei Darussalam | Brunei
BO BOL Bolivia (Plurinational State of) | Bolivia
BQ BES Bonaire, Sint Eustatius and Saba | Caribbean Netherlands
BR BRA Brazil
BS BHS Bahamas
BT BTN Bhutan
BV BVT Bouvet Island
BW BWA Botswana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada
CC CCK Cocos (Keeling) Islands | Cocos Islands
CD COD Congo, Democratic Republic of the | Democratic Republic of the Congo | DR Congo | Congo (Kinshasa)
CF CAF Central African Republic
CG COG Congo | Republic of the Congo | Congo (Brazzaville)
CH CHE Switzerland
CI CIV Côte d'Ivoire | Ivory Coast
CK COK Cook Islands
CL CHL Chile
CM CMR Cameroon
CN CHN China | People's Republic of China
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cabo Verde | Cape Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus
CZ CZE Czechia | Czech Republic
DE DEU Germany | Federal Republic of Germany
DJ DJI Djibouti
DK DNK Denmark
DM DMA Dominica
DO DOM Dominican Republic
DZ DZA Algeria
EC ECU Ecuador
EE EST Estonia
EG EGY Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain
ET ETH Ethiopia
FI FIN Finland
FJ FJI Fiji
FK FLK Falkland Islands (Malvinas) | Falkland Islands
FM FSM Micronesia (Federated States of) | Micronesia
FO FRO Faroe Islands
FR FRA France
GA GAB Gabon
GB GBR United Kingdom of Great Britain and Northern Ireland | United Kingdom | Great Britain
GD GRD Grenada
GE GEO Georgia
GF GUF French Guiana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland
GM GMB Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece
GS SGS South Georgia and the South Sandwich Islands
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong | Hong Kong SAR
HM HMD Heard Island and McDonald Islands
HN HND Honduras
HR HRV Croatia
HT HTI Haiti
HU HUN Hungary
ID IDN Indonesia
IE IRL Ireland | Republic of Ireland
IL ISR Israel
IM IMN Isle of Man
IN IND India
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran (Islamic Republic of) | Iran
IS ISL Iceland
IT ITA Italy
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA Saint Kitts and Nevis
KP PRK Korea (Democratic People's Republic of) | Democratic People's Republic of Korea | North Korea
KR KOR Korea, Republic of | Republic of Korea | South Korea
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan
LA LAO Lao People's Democratic Republic | Laos
LB LBN Lebanon
LC LCA Saint Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania
LU LUX Luxembourg
LV LVA Latvia
LY LBY Libya
MA MAR Morocco
MC MCO Monaco
MD MDA Moldova, Republic of | Republic of Moldova | Moldova
ME MNE Montenegro
MF MAF Saint Martin (French part)
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia | Macedonia
ML MLI Mali
MM MMR Myanmar | Burma
MN MNG Mongolia
MO MAC Macao | Macau
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands, Kingdom of the | Netherlands | Holland
NO NOR Norway
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand
OM OMN Oman
PA PAN Panama
PE PER Peru
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines
PK PAK Pakistan
PL POL Poland
PM SPM Saint Pierre and Miquelon
PN PCN Pitcairn | Pitcairn Islands
PR PRI Puerto Rico
PS PSE Palestine, State of | State of Palestine | Palestine
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar
RE REU Réunion
RO ROU Romania
RS SRB Serbia
RU RUS Russian Federation | Russia
RW RWA Rwanda
SA SAU Saudi Arabia
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden
SG SGP Singapore
SH SHN Saint Helena, Ascension and Tristan da Cunha | Saint Helena
SI SVN Slovenia
SJ SJM Svalbard and Jan Mayen
SK SVK Slovakia | Slovak Republic
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP Sao Tome and Principe
SV SLV El Salvador
SX SXM Sint Maarten (Dutch part)
SY SYR Syrian Arab Republic | Syria
SZ SWZ Eswatini | Swaziland
TC TCA Turks and Caicos Islands
TD TCD Chad
TF ATF French Southern Territories
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste | East Timor
TM TKM Turkmenistan
TN TUN Tunisia
TO TON Tonga
TR TUR Türkiye | Turkey
TT TTO Trinidad and Tobago
TV TUV Tuvalu
TW TWN Taiwan, Province of China | Taiwan
TZ TZA Tanzania, United Republic of | United Republic of Tanzania | Tanzania
UA UKR Ukraine
UG UGA Uganda
UM UMI United States Minor Outlying Islands
US USA United States of America | United States | US of America
UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Holy See | Vatican City | Vatican
VC VCT Saint Vincent and the Grenadines
VE VEN Venezuela (Bolivarian Republic of) | Venezuela
VG VGB Virgin Islands (British) | British Virgin Islands
VI VIR Virgin Islands (U.S.) | US Virgin Islands
VN VNM Viet Nam | Vietnam
VU VUT Vanuatu
WF WLF Wallis and Futuna
WS WSM Samoa
XK XKX Kosovo
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""
"""One country a line: alpha-2, alpha-3, English short name and other names. XK and XKX are user-assigned
codes that banks and the European Union use for Kosovo."""

_READ_AS = {
    "uk": ("GB", "UK is reserved; the code is GB"),
    "el": ("GR", "EL is what the European Union writes; the code is GR"),
    "england": ("GB", "a part of the United Kingdom"),
    "scotland": ("GB", "a part of the United Kingdom"),
    "wales": ("GB", "a part of the United Kingdom"),
    "northern ireland": ("GB", "a part of the United Kingdom"),
    "xk": ("XK", "user-assigned code for Kosovo"),
    "xkx": ("XK", "user-assigned code for Kosovo"),
    "kosovo": ("XK", "user-assigned code for Kosovo"),
}

_NOT_LETTERS = re.compile(r"[\W_]+")
_MARKS = (("'", ""), ("’", ""), (".", ""), ("&", " and "))


def clean(raw: str) -> Clean[str] | Reason:
    """Read one country: alpha-2, alpha-3 or an English name; gives alpha-2.

    Reserved codes that are no country (EU, UN) and codes of countries that are no more are refused.
    """
    cell = text.trimmed(raw, "country", LONGEST)
    if isinstance(cell, Reason):
        return cell
    key = _key(cell)
    if key in _READ_AS:
        meant, note = _READ_AS[key]
        return Clean(meant, (note,))
    code = _CODES.get(cell.replace(".", "").lower()) or _NAMES.get(key)
    if code is None:
        return Reason(
            "country-unknown",
            f"'{text.quoted(cell)}' is no country of ISO 3166-1.",
            "Use the two-letter code, as in GB.",
        )
    return Clean(code)


def _key(name: str) -> str:
    """Give a name without case, accents, punctuation and articles, so that its usual spellings meet."""
    plain = unicodedata.normalize("NFD", text.compared(name))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    for mark, written in _MARKS:
        letters = letters.replace(mark, written)
    words = _NOT_LETTERS.sub(" ", letters).split()
    spelt = ("saint" if word == "st" else word for word in words if word != "the")
    return " ".join(spelt)


def _tables() -> tuple[dict[str, str], dict[str, str]]:
    codes: dict[str, str] = {}
    names: dict[str, str] = {}
    for line in _COUNTRIES.strip().splitlines():
        alpha_2, alpha_3, called = line.split(" ", 2)
        codes |= {alpha_2.lower(): alpha_2, alpha_3.lower(): alpha_2}
        names |= {_key(name): alpha_2 for name in called.split("|")}
    return codes, names


_CODES, _NAMES = _tables()
