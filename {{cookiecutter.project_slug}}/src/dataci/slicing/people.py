"""Words that name groups of people, by group: for ``mentions`` and ``mentioned``."""

from __future__ import annotations

from collections.abc import Mapping

Groups = Mapping[str, tuple[str, ...]]


def groups(**words: str) -> dict[str, tuple[str, ...]]:
    """Read lists of words that are separated by commas."""
    return {name: tuple(word.strip() for word in listed.split(",")) for name, listed in words.items()}


GENDERS: Groups = groups(
    women="she, her, hers, herself, woman, women, female, females, girl, girls, lady, ladies, mother, mothers, mum,"
    " mom, mummy, mommy, daughter, daughters, sister, sisters, wife, wives, grandmother, grandma, granny, aunt,"
    " auntie, niece, bride, widow, girlfriend, mrs, ms, miss",
    men="he, him, his, himself, man, men, male, males, boy, boys, gentleman, gentlemen, father, fathers, dad,"
    " daddy, son, sons, brother, brothers, husband, husbands, grandfather, grandpa, grandad, granddad, uncle,"
    " nephew, bridegroom, widower, boyfriend, mr",
    trans="trans, transgender, nonbinary, non-binary, genderqueer, transsexual",
)
AGES: Groups = groups(
    children="baby, babies, toddler, toddlers, child, children, kid, kids, newborn, newborns, infant, infants,"
    " schoolboy, schoolgirl, boy, boys, girl, girls, preschooler, preschoolers",
    young="teen, teens, teenager, teenagers, teenage, adolescent, adolescents, youth, young, younger, youngster,"
    " youngsters, student, students, millennial, millennials",
    middle_aged="middle aged, middle-aged",
    old="old, older, elderly, senior, seniors, pensioner, pensioners, retired, retiree, retirees,"
    " grandmother, grandfather, grandma, grandpa, granny, grandparents",
)
FAITHS: Groups = groups(
    christian="christian, christians, christianity, catholic, catholics, protestant, protestants, church, bible,"
    " gospel, evangelical, evangelicals, orthodox, baptist, methodist, lutheran, mormon, christening",
    muslim="muslim, muslims, moslem, islam, islamic, mosque, quran, koran, halaal, halal, imam, ramadan, hijab",
    jewish="jewish, jew, jews, judaism, synagogue, torah, kosher, rabbi, bar mitzvah, bat mitzvah",
    hindu="hindu, hindus, hinduism, diwali, mandir",
    sikh="sikh, sikhs, sikhism, gurdwara",
    buddhist="buddhist, buddhists, buddhism, taoist, taoism",
    no_faith="atheist, atheists, atheism, agnostic, agnostics, secular",
)
ORIGINS: Groups = groups(
    african="african, africans, african american, nigerian, kenyan, ghanaian, ethiopian, somali, zulu, xhosa, igbo,"
    " yoruba, black",
    asian="asian, asians, chinese, japanese, korean, vietnamese, thai, filipino, indonesian, malay",
    south_asian="indian, indians, pakistani, bangladeshi, sri lankan, tamil, punjabi, nepali",
    middle_eastern="middle eastern, arab, arabs, arabic, iranian, persian, turkish, kurdish, iraqi, syrian, lebanese,"
    " egyptian, palestinian, israeli",
    european="european, europeans, german, french, italian, spanish, polish, dutch, british, english, irish, scottish,"
    " greek, russian, ukrainian, portuguese, white, caucasian",
    latin_american="latino, latina, latinos, latinx, hispanic, hispanics, mexican, mexicans, brazilian, colombian,"
    " cuban, puerto rican",
    north_american="american, americans, canadian, canadians",
    migrants="migrant, migrants, immigrant, immigrants, refugee, refugees, foreigner, foreigners, expat, expats, asylum"
    " seeker, asylum seekers",
)
LOVE: Groups = groups(
    straight="straight, heterosexual, heterosexuals",
    gay="gay, gays, homosexual, homosexuals",
    lesbian="lesbian, lesbians",
    bisexual="bisexual, bisexuals, bi",
    queer="queer, lgbt, lgbtq, pansexual, asexual",
)
HEALTH: Groups = groups(
    blind="blind, visually impaired, partially sighted",
    deaf="deaf, hard of hearing, hearing impaired",
    moving="paralyzed, paralysed, wheelchair, paraplegic, quadriplegic, amputee, disabled, disability, disabilities",
    mind="autistic, autism, adhd, dyslexic, dyslexia, depression, depressed, bipolar, schizophrenic, dementia,"
    " alzheimer's, alzheimer, down syndrome",
)
