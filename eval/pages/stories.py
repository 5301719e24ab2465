"""Invented stories. No page, place or person of them exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    outlet: str
    author: str
    published: str
    paragraphs: tuple[str, ...]
    headings: tuple[str, ...]
    quotation: str
    caption: str
    bullets: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]


STORIES = (
    Story(
        title="Pier of Tarn shut after beams are found rotten",
        outlet="The Tarn Herald",
        author="Mila Okonjo",
        published="2021-10-14",
        paragraphs=(
            "The wooden pier of Tarn was shut to walkers on Thursday after divers found that eleven of its forty beams have rotted "
            "through below the waterline, the harbour board said.",
            "An inspection had been due in the spring, but was put off twice because the only company that offered to do the work asked "
            "for three times the sum that had been set aside.",
            "Board member Peder Lunt said that nobody had been in danger, since the deck above the damaged beams had been fenced off for "
            "an exhibition in August and never opened again.",
            "Shopkeepers on the front fear for the weeks before Christmas, when up to four thousand people a day come to see the lights "
            "on the pier and stay to eat in the town.",
            "Replacing the beams would take until May and cost about 2.3 million crowns, according to a first estimate that the board "
            "will discuss in public next Tuesday evening.",
            "A petition to rebuild the pier in steel has been signed by nine hundred residents, though the county's curator of monuments "
            "has said that she would object to it.",
        ),
        headings=("A late inspection", "Lights in doubt"),
        quotation="We would rather lose one winter than one child, and that is all there is to say about it.",
        caption="Divers below the pier of Tarn on Wednesday morning",
        bullets=(
            "The northern stairs are to be taken down before the first storms.",
            "Boats may no longer make fast on the western side.",
            "The café at the pier's head will move to the old customs house.",
        ),
        rows=(("Year", "Visitors"), ("2018", "212,000"), ("2019", "231,500"), ("2020", "88,400")),
    ),
    Story(
        title="Night trains to return on the Velden line",
        outlet="Rail and Road",
        author="Josip Arendt",
        published="2022-03-02",
        paragraphs=(
            "Sleeping cars will run between Velden and the coast again from the first week of June, nine years after the last night train "
            "left the capital almost empty.",
            "The state railway has leased fourteen carriages from a company in the south, where they had stood unused since the pandemic, "
            "and is having them repainted in dark green.",
            "A berth is to cost from 49 crowns, a little less than the cheapest flight in the same week, and bicycles will be carried for "
            "a further five if a place has been reserved.",
            "Critics in parliament doubt that the trains can be punctual, because the single track across the Gorna pass is closed for "
            "repairs on four nights out of seven until autumn.",
            "The railway answers that the timetable was drawn with those works in mind, and that the trains will wait at the border for "
            "up to fifty minutes if they have to.",
            "Bookings opened at noon on Wednesday, and by the evening all places of the first three nights had been taken, a speaker of "
            "the railway told this newspaper.",
        ),
        headings=("Green carriages", "One track over the pass"),
        quotation="People do not want to fly to the sea and then find that the day is gone when they get there.",
        caption="One of the carriages in the workshop at Lower Velden",
        bullets=(
            "Dogs travel free in the last carriage.",
            "Breakfast is part of the fare in first class.",
            "Tickets can be given back until the day before.",
        ),
        rows=(("Stop", "Departure"), ("Velden", "21:40"), ("Gorna", "01:15"), ("Port Ansel", "07:05")),
    ),
    Story(
        title="Bees die by the million beside the orchards of Hale",
        outlet="Hale Weekly",
        author="Ruth Adeyemi",
        published="2020-05-19",
        paragraphs=(
            "Beekeepers around Hale have lost about three hundred hives within ten days, and suspect a spray that was used on cherry "
            "trees while they stood in full flower.",
            "The office for plant protection has taken samples from twenty-two orchards and from dead bees, and expects the results from "
            "its laboratory at the end of the month.",
            "Growers say that they followed the instructions on the label, which allow the spray to be used after sunset, when bees are "
            "as a rule no longer on the wing.",
            "But the nights in question were the warmest in May since 1934, and several witnesses have told of bees that were flying "
            "long after ten o'clock in the light of the packing halls.",
            "The maker of the spray has stopped selling it in the county for the time being, and says that it will pay for new colonies "
            "without admitting that it is to blame.",
            "For the harvest the loss comes late: most of the cherries have set already, and only the growers of late apples have asked "
            "for hives to be brought from the plain.",
        ),
        headings=("Warm nights", "What the maker says"),
        quotation="I opened the first hive and it was silent, and then I did not want to open the second.",
        caption="Dead bees on a landing board near Hale",
        bullets=(
            "Three hundred hives are about a fifth of all in the county.",
            "A colony costs 180 crowns in spring.",
            "The spray was first sold in 2016.",
        ),
        rows=(("Parish", "Hives lost"), ("Upper Hale", "141"), ("Stowe", "97"), ("Minster", "62")),
    ),
    Story(
        title="School in the old brewery opens with half its rooms",
        outlet="Morning Ledger",
        author="Tomas Brandvik",
        published="2023-08-28",
        paragraphs=(
            "Two hundred and sixty children began the year on Monday in the former brewery of Eastmark, although plasterers are still at "
            "work in eleven of its twenty-three rooms.",
            "The town had promised to have the building ready by the end of July, before a supplier of doors went bankrupt and a court "
            "took five weeks to let the town buy from another.",
            "Until the autumn break, two classes at a time will be taught in what used to be the cooling cellar, which has daylight from "
            "one side and a new floor of rubber.",
            "Parents were shown around on Saturday, and most of those who spoke afterwards praised the library under the roof more than "
            "they complained about the dust.",
            "The teachers' union is less patient, and has asked the labour inspectorate to measure the noise in the corridors while "
            "drilling goes on behind the walls.",
            "In all the conversion has cost 14.8 million crowns so far, which is 1.9 million more than the council agreed to in the "
            "winter of 2021.",
        ),
        headings=("Lessons in the cellar", "The union's patience"),
        quotation="My daughter says it smells of malt, and that it is the best school she has ever been to.",
        caption="The brewery's yard is now where children play",
        bullets=(
            "The gymnasium will open in January.",
            "Lunch is brought from the hospital's kitchen.",
            "A bus runs from the northern quarter at half past seven.",
        ),
        rows=(("Part", "Ready"), ("Library", "August"), ("Workshop", "November"), ("Gymnasium", "January")),
    ),
)

HEADLINES = (
    "Mayor of Orrin will not stand for a fourth term",
    "Snow comes early to the passes of the north",
    "Three held after robbery at jeweller's in Stowe",
    "What the new rent law means for tenants",
    "Goalkeeper of Velden breaks a record from 1977",
    "Why sea water is warmer than it ever was in June",
    "The ten best walks for a short day",
    "Minister denies having known of the letter",
    "A recipe for the first pumpkins",
    "Bank of the south closes nineteen branches",
)
COMMENTS = (
    "I have said so for years but who listens to people like me, they only ever come round when there is an election.",
    "Totally agree with the one above. My uncle worked there and could tell you a thing or two about how it is run.",
    "Does anybody know whether the car park is open? We wanted to come on Sunday with the whole family.",
    "Another badly written piece, I wonder why I still pay for this.",
)
