"""What we say fits what a channel can carry, and nothing of it is lost on the way."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.console import Console
from connectors.webchat import WebChat
from connectors.zalo_bot import ZaloBot
from dialogs.render import numbered, render, split_text, wire_id
from dialogs.words import Capabilities, Choice, Media, Outgoing

PLAIN = Capabilities(max_text=2000, buttons=0)  # a channel without buttons and pictures
RICH = Capabilities(
    max_text=4096, buttons=8, label_len=20, ask_location=True, edit=True, media_out=frozenset({"image"})
)
NARROW = replace(RICH, max_text=60, buttons=2, label_len=8)
CHANNELS = [PLAIN, RICH, NARROW, *(connector.capabilities for connector in (Console, WebChat, ZaloBot))]

words = st.text(st.sampled_from("aăâđeêio uưyế\n 😀🇻👍.,"), max_size=400)
labels = st.text(st.sampled_from("Gửi Sa😀đê"), min_size=1, max_size=40)
choices = st.lists(
    st.builds(Choice, st.sampled_from(["send", "category:land", "/mine", "/track TC-7K3F-2F", "yes"]), labels),
    max_size=12,
).map(tuple)
pictures = st.lists(
    st.builds(
        Media, st.sampled_from(["image", "video", "file"]), st.just("7"), url=st.sampled_from(["", "/media/7/x"])
    ),
    max_size=3,
).map(tuple)
outgoings = st.builds(Outgoing, words, choices, pictures, st.sampled_from(["", "location", "contact"]))
SOME = settings(max_examples=100, deadline=None)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


# ---------------------------------------------------------------- limits


@given(outgoings, st.sampled_from(CHANNELS), st.integers(0, 10_000))
@SOME
def test_no_part_is_longer_than_its_channel_carries(said: Outgoing, channel: Capabilities, no: int) -> None:
    parts = render(said, channel, no)
    assert parts
    for part in parts:
        assert units(part.text) <= channel.max_text
        assert len(part.choices) <= channel.buttons
        assert all(len(choice.label) <= channel.label_len for choice in part.choices)
        assert {item.kind for item in part.media} <= channel.media_out


@given(outgoings, st.sampled_from(CHANNELS), st.integers(0, 99))
@SOME
def test_nothing_that_was_said_is_lost_but_white_space(said: Outgoing, channel: Capabilities, no: int) -> None:
    told = bare("".join(part.text for part in render(said, channel, no)))
    assert told.startswith(bare(said.text))
    native = 0 < len(said.choices) <= channel.buttons
    if said.choices and not native:
        assert bare(numbered(said.choices)) in told


@given(outgoings, st.sampled_from(CHANNELS), st.integers(0, 99))
@SOME
def test_choices_pictures_and_requests_stand_on_the_last_part_only(
    said: Outgoing, channel: Capabilities, no: int
) -> None:
    *before, last = render(said, channel, no)
    assert all(not part.choices and not part.media and not part.ask for part in before)
    assert len(last.choices) in (0, len(said.choices))


@given(st.text(max_size=300), st.integers(2, 40))
@SOME
def test_a_split_text_has_no_empty_and_no_too_long_piece(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert bare("".join(pieces)) == bare(text)
    assert all(units(piece) <= limit for piece in pieces)
    assert len(pieces) == 1 or all(pieces)


def test_a_face_is_never_cut_in_two() -> None:
    assert split_text("😀" * 5, 3) == ["😀"] * 5


def test_a_long_text_is_cut_at_a_paragraph_before_a_line_before_a_word() -> None:
    assert split_text("một hai\n\nba bốn\nnăm sáu", 14) == ["một hai", "ba bốn\nnăm sáu"]
    assert split_text("một hai ba\nbốn năm", 14) == ["một hai ba", "bốn năm"]
    assert split_text("một hai ba bốn", 8) == ["một hai", "ba bốn"]
    assert split_text("mmmmmmmmmm", 4) == ["mmmm", "mmmm", "mm"]


def test_a_text_that_fits_is_left_alone() -> None:
    text = "Đã gửi ạ.\n\n  Mã: TC-7K3F-2F"
    assert split_text(text, len(text)) == [text]


# ---------------------------------------------------------------- buttons and numbers

ASK = Outgoing("Gửi được chưa ạ?", (Choice("send", "Gửi"), Choice("edit", "Sửa"), Choice("/mine", "Phản ánh của tôi")))


def test_a_channel_with_buttons_gets_buttons() -> None:
    (part,) = render(ASK, RICH, 12)
    assert part.text == "Gửi được chưa ạ?"
    assert [choice.label for choice in part.choices] == ["Gửi", "Sửa", "Phản ánh của tôi"]


def test_a_channel_without_buttons_gets_a_numbered_list() -> None:
    (part,) = render(ASK, PLAIN, 12)
    assert part.text == "Gửi được chưa ạ?\n1. Gửi\n2. Sửa\n3. Phản ánh của tôi"
    assert part.choices == ()


def test_more_choices_than_buttons_become_a_numbered_list() -> None:
    (part,) = render(ASK, replace(RICH, buttons=2), 12)
    assert part.text.endswith("3. Phản ánh của tôi")
    assert part.choices == ()


def test_a_button_is_bound_to_its_prompt_and_a_command_holds_for_ever() -> None:
    (part,) = render(ASK, RICH, 12)
    assert [choice.id for choice in part.choices] == ["12:send", "12:edit", "/mine"]
    assert wire_id(Choice("category:land", "Đất đai"), 3) == "3:category:land"


def test_a_label_that_is_too_long_is_cut_with_a_sign() -> None:
    (part,) = render(Outgoing("?", (Choice("x", "Đường sá, cầu cống, vỉa hè"),)), RICH, 1)
    assert part.choices[0].label == "Đường sá, cầu cống,…"


def test_the_address_of_a_button_goes_with_it() -> None:
    (part,) = render(Outgoing("?", (Choice("x", "Bản đồ", "https://x.vn"),)), RICH, 1)
    assert part.choices[0].url == "https://x.vn"


# ---------------------------------------------------------------- what a channel cannot do

PHOTO, FILM = (
    Media("image", "1", url="https://ln.example/media/1/a"),
    Media("video", "2", url="https://ln.example/media/2/b"),
)


def test_a_picture_goes_along_where_pictures_can() -> None:
    (part,) = render(Outgoing("Xong rồi ạ", media=(PHOTO,)), RICH, 1)
    assert part.media == (PHOTO,)
    assert part.text == "Xong rồi ạ"


def test_a_picture_or_a_film_becomes_a_link_that_says_which_where_none_can() -> None:
    (part,) = render(Outgoing("Xong rồi ạ", media=(PHOTO, FILM)), PLAIN, 1)
    assert part.media == ()
    assert part.text.splitlines() == [
        "Xong rồi ạ",
        "Ảnh: https://ln.example/media/1/a",
        "Phim: https://ln.example/media/2/b",
    ]


def test_links_stand_above_the_numbers_that_are_answered() -> None:
    rate = (Choice("/rate", "Đánh giá"), Choice("/reopen", "Chưa xong"))
    (part,) = render(Outgoing("Xong rồi ạ", rate, (PHOTO,)), PLAIN, 1)
    assert part.text.splitlines() == ["Xong rồi ạ", "Ảnh: https://ln.example/media/1/a", "1. Đánh giá", "2. Chưa xong"]


def test_without_a_public_host_words_say_where_a_film_is_seen_and_no_link_leads_nowhere() -> None:
    (part,) = render(Outgoing("Xong", media=(replace(FILM, url="/media/2/b"),)), RICH, 1)
    assert part.text == "Xong\n(kèm 1 tệp ở đây không mở được; cán bộ xã có bản đầy đủ, cần xem xin hỏi xã)"


def test_what_can_neither_be_sent_nor_linked_is_mentioned() -> None:
    (part,) = render(Outgoing("Xong", media=(replace(FILM, url=""), replace(FILM, url=""))), RICH, 1)
    assert part.text == "Xong\n(kèm 2 tệp ở đây không mở được; cán bộ xã có bản đầy đủ, cần xem xin hỏi xã)"


@pytest.mark.parametrize(("ask", "shown"), [("location", "location"), ("contact", "")])
def test_a_request_is_made_only_where_the_channel_can_make_it(ask: str, shown: str) -> None:
    (part,) = render(Outgoing("Ở đâu ạ?", ask=ask), RICH, 1)  # type: ignore[arg-type]
    assert part.ask == shown
    assert render(Outgoing("Ở đâu ạ?", ask=ask), PLAIN, 1)[0].ask == ""  # type: ignore[arg-type]


def test_an_edit_is_one_only_where_the_channel_can_and_when_it_is_one_part() -> None:
    said = Outgoing("Đã sửa", edit_of="55")
    assert render(said, RICH, 1)[0].edit_of == "55"
    assert render(said, PLAIN, 1)[0].edit_of == ""
    assert {part.edit_of for part in render(replace(said, text="dài " * 2000), RICH, 1)} == {""}


def test_an_outgoing_without_words_is_still_a_message() -> None:
    assert len(render(Outgoing("", media=(PHOTO,)), RICH, 1)) == 1
