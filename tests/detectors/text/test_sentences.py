"""Sentences end where a reader would say so, and no text can upset that."""
# ruff: noqa: RUF001 - the punctuation of other scripts is what is tested

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Span
from detectors.text.sentences import MAX_CHARACTERS, split


def sentences(text: str) -> list[str]:
    """Return what the spans hold."""
    return [text[start:end] for start, end in split(text)]


def test_spans_index_the_original_text() -> None:
    """Offsets count from the beginning of the text, before anything is trimmed."""
    assert split("  # Fish\n\nIt swims. It eats.\n") == (Span(4, 8), Span(10, 19), Span(20, 28))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" \t\r\n\u3000\u00a0", id="space"),
        pytest.param("... !? 。", id="punctuation"),
        pytest.param("---\n***\n___\n===", id="rules"),
        pytest.param("| | |\n|:-:|---|", id="table without words"),
        pytest.param("```\n```", id="empty code"),
        pytest.param("#  \n- \n> \n*", id="markers"),
        pytest.param("\U0001f44d\U0001f3fd \u2764", id="emoji"),
    ],
)
def test_text_without_letters_or_digits_has_no_sentence(text: str) -> None:
    """There is nothing to judge where there is nothing to read."""
    assert split(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("It rains. We stay! Why? Go", ["It rains.", "We stay!", "Why?", "Go"], id="."),
        pytest.param("What?! No!! Fine...", ["What?!", "No!!", "Fine..."], id="runs"),
        pytest.param("Wait… Then run.", ["Wait…", "Then run."], id="ellipsis"),
        pytest.param("Wait. . . Then run.", ["Wait. . .", "Then run."], id="spaced ellipsis"),
        pytest.param("Yes. No. Maybe.", ["Yes.", "No.", "Maybe."], id="one word"),
        pytest.param("It cost 5. 10 are left.", ["It cost 5.", "10 are left."], id="numbers"),
        pytest.param("Sold. iPhones lead.", ["Sold.", "iPhones lead."], id="odd capitals"),
        pytest.param("Run it. `pip` helps.", ["Run it.", "`pip` helps."], id="code opens"),
        pytest.param("Vraiment ? Oui !", ["Vraiment ?", "Oui !"], id="spaced mark"),
        pytest.param("What.? it is. So", ["What.?", "it is.", "So"], id="mixed run"),
        pytest.param(
            "He met Dr... Then left.", ["He met Dr...", "Then left."], id="no abbreviation"
        ),
        pytest.param(". Next one.", ["Next one."], id="lone stop"),
        pytest.param("__. Next.", ["Next."], id="underscores"),
        pytest.param('So it is. "', ["So it is."], id="nothing follows"),
        pytest.param("¿Qué? ¡Ya! Sí.", ["¿Qué?", "¡Ya!", "Sí."], id="inverted marks"),
        pytest.param("One.\u00a0Two.\u2003Three.", ["One.", "Two.", "Three."], id="other spaces"),
    ],
)
def test_sentence_ends_at_a_terminator_before_space(text: str, expected: list[str]) -> None:
    """A terminator, a space and a new word make a boundary (UAX #29 SB11)."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Pi is 3.14 and e is 2.72.", id="decimals"),
        pytest.param("Use v2.0.1 or 1.0.0-rc.1 now.", id="versions"),
        pytest.param("Read https://example.com/a.html?q=b.c!d first.", id="URL"),
        pytest.param("Write to jo.doe@mail.example.org today.", id="e-mail"),
        pytest.param("Open src/main.test.ts and .env there.", id="file names"),
        pytest.param("The end.Next follows.", id="no space"),
        pytest.param("Is it?Yes!Fine", id="no space after other marks"),
        pytest.param("Call `a. B? C!` twice.", id="inline code"),
        pytest.param("Ring 555.010.999 at 10.30.", id="numbers"),
        pytest.param("Der Wert １２．５ gilt.", id="full-width decimal"),
        pytest.param("Lies ｖ２．b vor.", id="full-width dot in a name"),
    ],
)
def test_stop_inside_a_token_does_not_end_a_sentence(text: str) -> None:
    """Without a space after it a full stop belongs to its token (SB6 and SB7)."""
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("It holds apples, pears, etc. and is full.", id="abbreviation"),
        pytest.param("Wait... what now?", id="ellipsis"),
        pytest.param("Wait… what now?", id="ellipsis sign"),
        pytest.param('"Stop!" she said.', id="quotation"),
        pytest.param("« Va ! » dit-elle.", id="French quotation"),
        pytest.param("Il dit etc. « et puis » rien.", id="French opener"),
        pytest.param("It is (really?) so.", id="brackets"),
        pytest.param("Add sugar (approx. ½ cup etc.), stir.", id="comma"),
        pytest.param('"Why?" – he asked.', id="dash"),
        pytest.param("Sold by Acme Inc.; see below.", id="semicolon"),
        pytest.param("Soon… ... it ended.", id="terminator"),
        pytest.param("It is env. (see below) now.", id="bracket opens"),
    ],
)
def test_sentence_goes_on_before_what_cannot_open_one(text: str) -> None:
    """A small letter, a comma or a dash continues what came before (SB8 and SB8a)."""
    assert sentences(text) == [text]


@pytest.mark.parametrize("mark", list(",;:-–—，、；：.!?…؟۔։。！？｡।॥．"))
def test_punctuation_opens_no_sentence(mark: str) -> None:
    """Capital or not, what follows a comma, a dash or one more stop is no new sentence."""
    text = f"It is so. {mark} Yes"

    assert sentences(text)[0].startswith(f"It is so. {mark}")


@pytest.mark.parametrize("opener", list("\"'“‘„«‹¿¡([{*_~「『（【《〈〔"))
def test_opening_mark_is_not_the_first_letter(opener: str) -> None:
    """Behind a quote, a bracket or emphasis stands the letter that decides."""
    assert len(sentences(f"It is full, etc. {opener}and so on.")) == 1
    assert len(sentences(f"It is by {opener}Dr. Ash.")) == 1


@pytest.mark.parametrize("closer", list("\"'’”»›)]}*_~」』）】》〉〕“‘«‹"))
def test_closing_mark_is_not_the_next_letter(closer: str) -> None:
    """Behind a stop, a quote, a bracket or emphasis closes, whatever it does elsewhere."""
    assert sentences(f"It is so.{closer} Yes.") == [f"It is so.{closer}", "Yes."]


@pytest.mark.parametrize("closer", list("」』”’\"'"))
def test_quotation_without_space_goes_on(closer: str) -> None:
    """In scripts without spaces a quotation is part of the sentence around it."""
    assert sentences(f"「行くぞ！{closer}と言った。") == [f"「行くぞ！{closer}と言った。"]


def test_question_ends_before_a_small_letter() -> None:
    """Only a full stop is ambiguous; a chat in small letters is still split."""
    assert sentences("really? yes! go") == ["really?", "yes!", "go"]


def test_georgian_sentences_end() -> None:
    """Georgian letters are lower-case to Unicode, but every sentence begins with one."""
    assert sentences("ეს წიგნია. ის დიდია.") == ["ეს წიგნია.", "ის დიდია."]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Mr. Ash, Mrs. Ash, Ms. Bay, Mx. Bay, Dr. Elm and Prof. Elm met.", id="people"
        ),
        pytest.param("Gen. Fir, Col. Fir, Capt. Oak, Lt. Oak and Sgt. Yew met.", id="ranks"),
        pytest.param("Rev. Ash, Hon. Bay, Gov. Elm, Sen. Fir, Rep. Oak met.", id="offices"),
        pytest.param("Pres. Yew and Messrs. Elm climbed Mt. Fuji near Ft. Worth.", id="places"),
        pytest.param("Use a tool, e.g. Python, i.e. CPython, cf. PyPy.", id="Latin"),
        pytest.param(
            "Play a band, e.g. The Beatles, i.e. The Fab Four.", id="Latin before a starter"
        ),
        pytest.param("It was Ali vs. Frazier, viz. Joe, ca. 1971, approx. March.", id="more Latin"),
        pytest.param("See No. 5, Nos. 6, fig. 3, Figs. 4, Eq. 2 and eqs. 7.", id="numbered"),
        pytest.param("See Nr. 1, Sec. 2, ch. 3, Vol. 4, pp. 5, p. 6, Art. 7, ref. 8.", id="parts"),
        pytest.param("On Jan. 1, Feb. 2, Mar. 3, Apr. 4, Jun. 5 and Jul. 6.", id="months"),
        pytest.param("On Aug. 7, Sep. 8, Sept. 9, Oct. 10, Nov. 11 and Dec. 12.", id="more months"),
        pytest.param("Acme Inc. Europe, Acme Ltd. Asia, Acme Corp. Japan merged.", id="firms"),
        pytest.param("Acme Co. Berlin and Ash Bros. London merged.", id="more firms"),
        pytest.param("Ash Jr. Smith of St. Paul and Elm Sr. Jones wed.", id="names"),
        pytest.param("On Fifth Ave. North, Elm Rd. South, Oak Blvd. West.", id="roads"),
        pytest.param(
            "A Ph.D. Student of Univ. Oslo, Dept. Physics, by Ash et al. 2020.", id="study"
        ),
        pytest.param("J. K. Rowling and George R. R. Martin write.", id="initials"),
        pytest.param("The U.S. Senate sat at 5 p.m. Eastern, 11 a.m. Hawaiian.", id="dotted"),
        pytest.param("(Dr. Ash) and “Mr. Elm” and **Ms. Fir** met.", id="after an opener"),
        pytest.param("He met Dr.\nAsh there.", id="at a line's end"),
    ],
)
def test_abbreviation_does_not_end_a_sentence(text: str) -> None:
    """A full stop after a known abbreviation or an initial ends the abbreviation only."""
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Is it? No. It is not.", ["Is it?", "No.", "It is not."], id="no"),
        pytest.param(
            "It closed in Dec. Sales fell.", ["It closed in Dec.", "Sales fell."], id="Dec"
        ),
        pytest.param(
            "He lives in the U.S. She left.", ["He lives in the U.S.", "She left."], id="US"
        ),
        pytest.param(
            "It opens at 5 p.m. The bar too.", ["It opens at 5 p.m.", "The bar too."], id="pm"
        ),
        pytest.param("It was Acme Inc. They paid.", ["It was Acme Inc.", "They paid."], id="Inc"),
        pytest.param("It has cats, etc. Dogs too.", ["It has cats, etc.", "Dogs too."], id="etc"),
        pytest.param("It took 5 ms. Then it hung.", ["It took 5 ms.", "Then it hung."], id="ms"),
        pytest.param(
            "I read it in main.py. Run it.", ["I read it in main.py.", "Run it."], id="file"
        ),
        pytest.param("It is at x.io/a. Run it.", ["It is at x.io/a.", "Run it."], id="URL"),
        pytest.param("I like John's. Mary too.", ["I like John's.", "Mary too."], id="apostrophe"),
        pytest.param("Plan B. It's bad.", ["Plan B.", "It's bad."], id="contraction"),
    ],
)
def test_abbreviation_ends_a_sentence_where_one_opens(text: str, expected: list[str]) -> None:
    """What may be both is told apart by the word after it."""
    assert sentences(text) == expected


def test_initial_after_a_doubtful_stop_opens_no_sentence() -> None:
    """The "A." of a name is not the article "A", nor its "I." the pronoun."""
    assert sentences("By J. A. Ash and K. I. Elm.") == ["By J. A. Ash and K. I. Elm."]
    assert sentences("In the U.S. A law passed.") == ["In the U.S.", "A law passed."]


@pytest.mark.parametrize(
    "word",
    [
        *("A", "An", "And", "As", "At", "But", "For", "He", "Her", "His", "However", "I", "If"),
        *("In", "It", "Its", "My", "On", "Our", "She", "That", "The", "Their", "There", "These"),
        *("They", "This", "Those", "We", "What", "When", "While", "You", "Your"),
    ],
)
def test_common_first_word_opens_a_sentence(word: str) -> None:
    """Few words open most sentences, and none of these follows an abbreviation as a name."""
    assert sentences(f"It left the U.S. {word} was so.") == ["It left the U.S.", f"{word} was so."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('"Go." She left.', ['"Go."', "She left."], id="straight quote"),
        pytest.param("“Go.” She left.", ["“Go.”", "She left."], id="curly quote"),
        pytest.param("«Va.» Elle part.", ["«Va.»", "Elle part."], id="guillemets"),
        pytest.param("« Va ! » Elle part.", ["« Va ! »", "Elle part."], id="French"),
        pytest.param("»Geh.« „Ja.“ Er ging.", ["»Geh.«", "„Ja.“", "Er ging."], id="German"),
        pytest.param("Er kam. »Ja«, sagte er.", ["Er kam.", "»Ja«, sagte er."], id="German opens"),
        pytest.param("(It is.) Yes.", ["(It is.)", "Yes."], id="bracket"),
        pytest.param("[It is.] Yes.", ["[It is.]", "Yes."], id="square bracket"),
        pytest.param("**Note.** Read it.", ["**Note.**", "Read it."], id="bold"),
        pytest.param("_Really?_ Yes.", ["_Really?_", "Yes."], id="emphasis"),
        pytest.param('He left. "Why?" I ask.', ["He left.", '"Why?"', "I ask."], id="openers"),
        pytest.param("(He said “go.”) Yes.", ["(He said “go.”)", "Yes."], id="nested"),
        pytest.param("It is so.[1][2] Next.", ["It is so.[1][2]", "Next."], id="citations"),
        pytest.param("It is so. [1, 2] Next.", ["It is so. [1, 2]", "Next."], id="spaced citation"),
        pytest.param(
            "It is so.【4†web】 Next.", ["It is so.【4†web】", "Next."], id="web citation"
        ),
        pytest.param("It is so.[^1] Next.", ["It is so.[^1]", "Next."], id="footnote"),
        pytest.param("It is so. [1]", ["It is so. [1]"], id="citation at the end"),
        pytest.param(
            "It is so.\n[1] Ash", ["It is so.", "[1] Ash"], id="reference on its own line"
        ),
        pytest.param("It is so [1]. Next.", ["It is so [1].", "Next."], id="citation before"),
        pytest.param("It is so. [Elm] Next.", ["It is so.", "[Elm] Next."], id="no citation"),
    ],
)
def test_closing_marks_belong_to_the_sentence_they_close(text: str, expected: list[str]) -> None:
    """Quotes, brackets, emphasis and citations after the stop stay with it (SB9)."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "今日は雨。明日は晴れ！本当？", ["今日は雨。", "明日は晴れ！", "本当？"], id="Japanese"
        ),
        pytest.param("你好。2024年到了。", ["你好。", "2024年到了。"], id="Chinese"),
        pytest.param("ﾊｲ｡ｿｳﾃﾞｽ｡", ["ﾊｲ｡", "ｿｳﾃﾞｽ｡"], id="half-width"),
        pytest.param("正しい．次へ", ["正しい．", "次へ"], id="full-width dot"),
        pytest.param(
            "我用Python。It works. 很好。", ["我用Python。", "It works.", "很好。"], id="mixed"
        ),
        pytest.param(
            "「行くぞ！」と言った。次。", ["「行くぞ！」と言った。", "次。"], id="quotation"
        ),
        pytest.param("「はい。」「いいえ。」", ["「はい。」", "「いいえ。」"], id="dialogue"),
        pytest.param(
            "他来了。“好。”“是！”", ["他来了。", "“好。”", "“是！”"], id="Chinese dialogue"
        ),
        pytest.param("（例。）次。", ["（例。）", "次。"], id="brackets"),
        pytest.param("好!。次", ["好!。", "次"], id="mixed run"),
        pytest.param(
            "好。J. K. Ash 来。", ["好。", "J. K. Ash 来。"], id="initials after no space"
        ),
        pytest.param("好，是；对。", ["好，是；对。"], id="commas"),
        pytest.param("好。，是", ["好。，是"], id="comma after"),
        pytest.param("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."], id="Arabic"),
        pytest.param("یہ سچ ہے۔ وہ گیا۔", ["یہ سچ ہے۔", "وہ گیا۔"], id="Urdu"),
        pytest.param("यह सच है। वह गया।", ["यह सच है।", "वह गया।"], id="Hindi"),
        pytest.param("इति॥तत्र।", ["इति॥", "तत्र।"], id="Sanskrit"),
        pytest.param("Սա գիրք է։ Լավ է։", ["Սա գիրք է։", "Լավ է։"], id="Armenian"),
        pytest.param(
            "Это так. Он ушёл в 5 ч. утра.", ["Это так.", "Он ушёл в 5 ч. утра."], id="Russian"
        ),
    ],
)
def test_every_script_ends_its_own_way(text: str, expected: list[str]) -> None:
    """Scripts that put no space after a full stop need none."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1. Mix it\n2. Bake it", ["Mix it", "Bake it"], id="numbered"),
        pytest.param("1) Mix it\n2) Bake it", ["Mix it", "Bake it"], id="numbered with brackets"),
        pytest.param("a) Mix it\nB) Bake it", ["Mix it", "Bake it"], id="lettered"),
        pytest.param("- Mix\n* Bake\n+ Eat\n• Rest", ["Mix", "Bake", "Eat", "Rest"], id="bullets"),
        pytest.param(
            "‣ A1\n◦ B1\n▪ C1\n● D1\n– E1\n— F1", ["A1", "B1", "C1", "D1", "E1", "F1"], id="more"
        ),
        pytest.param("- Mix\n  - Stir\n\t1. Fast", ["Mix", "Stir", "Fast"], id="nested"),
        pytest.param("- 1. Mix\n> - Stir", ["Mix", "Stir"], id="several markers"),
        pytest.param("- [ ] Mix\n- [x] Bake\n- [X] Eat", ["Mix", "Bake", "Eat"], id="tasks"),
        pytest.param("Steps:\n1. Mix\n2. Bake", ["Steps:", "Mix", "Bake"], id="after a line"),
        pytest.param(
            "- Mix the flour\n  and salt\n- Bake",
            ["Mix the flour\n  and salt", "Bake"],
            id="wrapped",
        ),
        pytest.param("- Mix it. Stir it.\n- Bake", ["Mix it.", "Stir it.", "Bake"], id="sentences"),
        pytest.param("999. Last", ["Last"], id="three digits"),
    ],
)
def test_list_item_is_a_unit_without_its_marker(text: str, expected: list[str]) -> None:
    """Items never run into each other, and their bullets and numbers are no text."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("42.", ["42."], id="number alone"),
        pytest.param("42. \nSo", ["42. \nSo"], id="number before space"),
        pytest.param("``a. B`` is code. Yes.", ["``a. B`` is code.", "Yes."], id="two backticks"),
        pytest.param("~~Old~~ new. Yes.", ["~~Old~~ new.", "Yes."], id="two tildes"),
        pytest.param("1.\nMix", ["1.\nMix"], id="number on its own line"),
        pytest.param("It was\n1985. It rained.", ["It was\n1985.", "It rained."], id="year"),
        pytest.param("3.14 is pi", ["3.14 is pi"], id="decimal"),
        pytest.param("-5 is cold", ["-5 is cold"], id="minus"),
        pytest.param("*So* it is", ["*So* it is"], id="emphasis"),
        pytest.param("#1 is best", ["#1 is best"], id="hash"),
        pytest.param("####### Deep", ["####### Deep"], id="seven hashes"),
        pytest.param("|x| is positive. Yes.", ["|x| is positive.", "Yes."], id="absolute value"),
        pytest.param("[x](y) links", ["[x](y) links"], id="link"),
    ],
)
def test_mark_with_a_meaning_is_no_marker(text: str, expected: list[str]) -> None:
    """What only looks like a list, a heading or a table stays in the text."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Steps: 1. Mix. 2. Bake.", ["Steps: 1. Mix.", "2. Bake."], id="inline list"),
        pytest.param("Do it. 10. Eat.", ["Do it.", "10. Eat."], id="two digits"),
        pytest.param("Then: 12. It fits.", ["Then: 12.", "It fits."], id="answer after a colon"),
        pytest.param("When? 1985. It fits.", ["When?", "1985.", "It fits."], id="year"),
        pytest.param("I have 2. You have 3.", ["I have 2.", "You have 3."], id="at the end"),
        pytest.param("I rank 1. You do not.", ["I rank 1.", "You do not."], id="one"),
    ],
)
def test_number_of_an_inline_item_is_no_sentence(text: str, expected: list[str]) -> None:
    """A short number that opens a sentence counts what follows it."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("One line\ngoes on.", ["One line\ngoes on."], id="wrapped"),
        pytest.param("One line\r\ngoes on.\r\n\r\nTwo", ["One line\r\ngoes on.", "Two"], id="CRLF"),
        pytest.param("One ends.\nTwo ends.", ["One ends.", "Two ends."], id="line ends a sentence"),
        pytest.param("One\n\nTwo", ["One", "Two"], id="blank line"),
        pytest.param("One\n \t\nTwo", ["One", "Two"], id="line of spaces"),
        pytest.param("One\n\n \n\n- Two\n\n\n", ["One", "Two"], id="many blank lines"),
        pytest.param("One\n---\nTwo", ["One", "Two"], id="rule"),
        pytest.param("Title\n=====\nText", ["Title", "Text"], id="underlined heading"),
        pytest.param("One\n___\nTwo", ["One", "Two"], id="rule of underscores"),
        pytest.param("# One\nTwo\n## Three", ["One", "Two", "Three"], id="headings"),
        pytest.param("# What is it? A primer", ["What is it? A primer"], id="heading is a unit"),
        pytest.param("###### Deep", ["Deep"], id="deepest heading"),
        pytest.param("> # Title\n> Text", ["Title", "Text"], id="heading in a quotation"),
    ],
)
def test_block_ends_its_last_sentence(text: str, expected: list[str]) -> None:
    """A newline within a paragraph is a space; a blank line, a rule or a heading ends it."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("> One goes\n> on.", ["One goes\n> on."], id="wrapped"),
        pytest.param("> One.\n> Two.\n>> Three.", ["One.", "Two.", "Three."], id="sentences"),
        pytest.param(">One.\r\n  > Two.", ["One.", "Two."], id="tight and indented"),
        pytest.param("He wrote\n> One\n\nSo", ["He wrote", "One", "So"], id="after text"),
        pytest.param("> One\nHe wrote", ["One", "He wrote"], id="before text"),
        pytest.param("> One\n>\n> Two", ["One", "Two"], id="blank line within"),
        pytest.param("> - One\n> goes on\n> - Two", ["One\n> goes on", "Two"], id="list within"),
        pytest.param("It is so. > 5 holds.", ["It is so.", "> 5 holds."], id="greater than"),
    ],
)
def test_quotation_is_a_block_without_its_marker(text: str, expected: list[str]) -> None:
    """A quoted sentence begins after its ">", on whichever line it begins."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("|A|B|\n|---|:-:|\n|1|2|", ["A|B", "1|2"], id="tight"),
        pytest.param("| A | B |\n|---|---|\n| 1 | 2 |  ", ["A | B", "1 | 2"], id="spaced"),
        pytest.param("| Go. Stop. | B |", ["Go. Stop. | B"], id="cells are not split"),
        pytest.param("| | A | | B | |", ["A | | B"], id="empty cells"),
        pytest.param("See:\n| A |\r\n| B |\r\nDone", ["See:", "A", "B", "Done"], id="amid text"),
        pytest.param("> | A |\n> | B |", ["A", "B"], id="in a quotation"),
    ],
)
def test_table_row_is_a_unit(text: str, expected: list[str]) -> None:
    """A row reads as one statement; the row of dashes as none."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("```\nx = 1. Y\n\n# Z\n```", ["x = 1. Y\n\n# Z"], id="unit"),
        pytest.param("```python\nx\n```\nSo", ["x", "So"], id="info is no text"),
        pytest.param("~~~ sh\nx\n~~~\nSo", ["x", "So"], id="tildes"),
        pytest.param("See\n```\nx\n```", ["See", "x"], id="after text"),
        pytest.param("```\nx. Y\n- Z", ["x. Y\n- Z"], id="unclosed"),
        pytest.param("So\n```py", ["So"], id="unclosed and empty"),
        pytest.param("````\n```\nx\n```\n````\nSo", ["```\nx\n```", "So"], id="longer fence"),
        pytest.param("```\n~~~\nx\n```\nSo", ["~~~\nx", "So"], id="other fence within"),
        pytest.param("```\nx ```\n```y\nz\n`````  \nSo", ["x ```\n```y\nz", "So"], id="closing"),
        pytest.param("- One\n  ```\n  x\n  ```\n- Two", ["One", "x", "Two"], id="in a list"),
        pytest.param("1. ```\n   x\n   ```\n2. Two", ["x", "Two"], id="opens an item"),
        pytest.param("> ```\n> x\n> ```\nSo", ["> x", "So"], id="in a quotation"),
        pytest.param("```a. B``` is inline. Yes.", ["```a. B``` is inline.", "Yes."], id="inline"),
        pytest.param(
            "A ``` is lone. So is\n`` this.",
            ["A ``` is lone.", "So is\n`` this."],
            id="lone runs",
        ),
        pytest.param("Use ``a`` now. Or `b`.", ["Use ``a`` now.", "Or `b`."], id="long ticks"),
        pytest.param("```\r\nx\r\n```\r\nSo", ["x", "So"], id="CRLF"),
        pytest.param("A ` is lone. So is\n` this.", ["A ` is lone.", "So is\n` this."], id="lone"),
        pytest.param("Type ` now. Or `a. B`.", ["Type ` now. Or `a.", "B`."], id="odd backticks"),
    ],
)
def test_code_is_opaque(text: str, expected: list[str]) -> None:
    """A fenced block is one unit without its fences, and inline code never ends a sentence."""
    assert sentences(text) == expected


def test_run_without_terminator_is_cut_at_space() -> None:
    """A piece is as long as the bound lets whole words be."""
    words = "1234 " * (MAX_CHARACTERS // 5)

    assert sentences(words * 2 + "end") == [words.strip(), words.strip(), "end"]


def test_run_without_space_is_cut_hard() -> None:
    """Where there is no better place, the bound itself is the place."""
    bound = MAX_CHARACTERS

    assert split("x" * bound) == (Span(0, bound),)
    assert split("x" * (bound + 1)) == (Span(0, bound), Span(bound, bound + 1))
    assert split("a " + "x" * (bound - 2) + " b") == (Span(0, bound), Span(bound + 1, bound + 2))
    assert split("a " + "x" * bound + " b") == (
        Span(0, 1),
        Span(2, bound + 2),
        Span(bound + 3, bound + 4),
    )


def test_units_are_cut_too() -> None:
    """The bound holds for code, which is a unit otherwise."""
    text = "```\n" + "x = 1.\n" * MAX_CHARACTERS + "```"

    assert all(end - start <= MAX_CHARACTERS for start, end in split(text))
    assert " ".join(sentences(text)).split() == text.split()[1:-1]


# Markdown, numbers and stops in every order find more than letters at random.
_TOKENS = [
    *("“", "”", "«", "» ", " »"),
    *(" ", "\n", "\t", "\r\n", "\n\n", "a", "B", "word ", "Next ", "1", "42", "é", "\u0301", "字"),
    *(
        ".",
        ". ",
        "!",
        "? ",
        "…",
        "。",
        "！",
        "．",
        "؟ ",
        "।",
        ",",
        ":",
        "-",
        "\n- ",
        "\n* ",
        "\n# ",
    ),
    *("\n1. ", "\n2) ", "\na) ", "\n> ", "\n[x] ", "|", "\n| a | b |\n", "\n|---|\n", "\n---\n"),
    *("`", "```", "\n```\n", "\n```py\n", "\n~~~\n", "~~~~", '"', "'", "(", ")", "[", "]", "[1]"),
    *("「", "」", "**", "_", "Mr. ", "e.g. ", "U.S. ", "No. ", "J. ", ": 1. ", "x.y", "\u3000"),
    *("\x00", "\ud800", "\udfff", "\u2028", "\u200b", "\ufeff", "\U0001f600", "ა", "½", "٣"),
]
any_text = st.lists(st.sampled_from(_TOKENS) | st.characters(exclude_categories=())).map("".join)
prose = st.lists(
    st.sampled_from(["fish", "Mr. Ash", "Sea", "e.g.", "U.S.", "3.14", "etc.", "(so)", '"Go!"'])
    | st.text("abXY.,!?", min_size=1, max_size=4),
    min_size=1,
).map(" ".join)
# What a line may begin with and not be covered: list markers and what is neither letter nor digit.
_LINE = re.compile(
    r"^(?:(?:\d{1,3}[.)]|[A-Za-z]\)|\[[xX]\])(?=\s)|[^\w\n]|_)*(?P<text>.*)$", re.MULTILINE
)


@given(any_text)
def test_spans_are_ordered_trimmed_and_readable(text: str) -> None:
    """Whatever the text, its spans are disjoint ranges that hold something to read."""
    spans = split(text)
    edges = [edge for span in spans for edge in span]

    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end - start <= MAX_CHARACTERS for start, end in spans)
    assert all(sentence == sentence.strip() for sentence in sentences(text))
    assert all(any(map(str.isalnum, sentence)) for sentence in sentences(text))


@given(any_text)
def test_every_letter_and_digit_is_covered(text: str) -> None:
    """Only list markers and the line of an opening fence are left out."""
    covered = {at for start, end in split(text) for at in range(start, end)}

    for line in _LINE.finditer(text):
        if "```" not in line[0] and "~~~" not in line[0]:
            assert all(at in covered for at in range(*line.span("text")) if text[at].isalnum())


@given(any_text)
def test_words_are_whole(text: str) -> None:
    """No boundary falls between two letters, short of the bound."""
    text = text[:MAX_CHARACTERS]
    inside = {at for at in range(1, len(text)) if text[at - 1].isalnum() and text[at].isalnum()}

    assert inside.isdisjoint(edge for span in split(text) for edge in span)


@given(any_text.filter(lambda text: not {"`", "~"} & set(text)), any_text)
def test_blank_line_separates(before: str, after: str) -> None:
    """Paragraphs do not see each other: their spans are those each has alone."""
    offset = len(before) + 2
    shifted = tuple(Span(start + offset, end + offset) for start, end in split(after))

    assert split(f"{before}\n\n{after}") == split(before) + shifted


@given(prose)
def test_sentence_of_prose_is_one_sentence(text: str) -> None:
    """Splitting is idempotent where there is no Markdown."""
    for sentence in sentences(text):
        assert split(sentence) == (Span(0, len(sentence)),)
