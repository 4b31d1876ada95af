"""Sending over a Zalo OA: what a part becomes, what each of Zalo's errors means, tokens renewed once, nothing twice."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from connectors.shrink import CannotShrink, as_jpeg_within
from connectors.zalo_oa_plan import Asking
from connectors.zalo_oa_send import MAX_FILE, MAX_IMAGE
from connectors.zalo_oa_wire import MEANINGS
from dialogs.render import render
from dialogs.words import Address, Choice, Media, Outgoing, Part, SendError
from tests.fakes.zalo_oa import NOW, TokensOfToday
from tests.test_bot_pictures import picture
from tests.zalo_desk import CHAT, HOA, Desk, zalo_desk

ASKING = Asking("Gửi tên", "Không gửi cũng không sao", "https://phananh.example.vn/a.png")
CHOICES = (Choice("7:send", "Gửi"), Choice("/rate TC-7K3F-2F", "Đánh giá"), Choice("/track TC-7K3F-2F", "TC-7K3F-2F"))
PHOTO = Media("image", "7", "image/jpeg", 9, "a.jpg", "https://phananh.example.vn/media/7/x")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with zalo_desk(tmp_path, asking=ASKING) as opened:
        opened.behind.media["7"] = (picture(), "image/jpeg")
        yield opened


def noise(side: int) -> bytes:
    """A picture that does not compress."""
    out = io.BytesIO()
    Image.effect_noise((side, side), 100).convert("RGB").save(out, "PNG")
    return out.getvalue()


async def fails(desk: Desk, part: Part | None = None, *, number: int = 1) -> SendError:
    with pytest.raises(SendError) as caught:
        await desk.connector.send(CHAT, part or Part("Dạ"), number)
    return caught.value


# ---------------------------------------------------------------- what a part becomes


async def test_words_go_out_as_words_and_the_messages_id_comes_back(desk: Desk) -> None:
    sent_id = await desk.connector.send(CHAT, Part("Em ghi nhận ạ"), 1)
    (sent,) = desk.api.sent(HOA)
    assert (sent.id, sent.message) == (sent_id, {"text": "Em ghi nhận ạ"})


async def test_buttons_say_number_label_and_the_report_they_stand_under(desk: Desk) -> None:
    await desk.connector.send(CHAT, Part("Chọn ạ", CHOICES), 1)
    (sent,) = desk.api.sent(HOA)
    assert [(button["type"], button["title"], button["payload"]) for button in sent.buttons] == [
        ("oa.query.show", "Gửi", "1. Gửi"),
        ("oa.query.show", "Đánh giá", "2. Đánh giá TC-7K3F-2F"),
        ("oa.query.show", "TC-7K3F-2F", "3. TC-7K3F-2F"),
    ]


async def test_a_choice_with_an_address_opens_it(desk: Desk) -> None:
    await desk.connector.send(CHAT, Part("Xem ạ", (Choice("1:x", "Xem", "https://a.vn"),)), 1)
    assert desk.api.sent(HOA)[0].buttons == [
        {"title": "Xem", "type": "oa.open.url", "payload": {"url": "https://a.vn"}}
    ]


@pytest.mark.parametrize(("style", "kind"), [("plain", None), ("list", "list"), ("button", "button")])
async def test_the_kind_of_template_is_a_setting(tmp_path: Path, style: str, kind: str | None) -> None:
    async with zalo_desk(tmp_path, buttons=style) as desk:
        await desk.connector.send(CHAT, Part("Chọn ạ", CHOICES), 1)
        payload = desk.api.sent(HOA)[0].message["attachment"]["payload"]
        assert payload.get("template_type") == kind


async def test_with_numbers_as_the_setting_no_button_is_ever_rendered(tmp_path: Path) -> None:
    async with zalo_desk(tmp_path, buttons="numbers") as desk:
        for part in render(Outgoing("Chọn ạ", CHOICES), desk.connector.capabilities, 7):
            await desk.connector.send(CHAT, part, 1)
        assert desk.api.sent(HOA)[0].message == {"text": "Chọn ạ\n1. Gửi\n2. Đánh giá\n3. TC-7K3F-2F"}


@pytest.mark.parametrize("code", [-201, -224, -233])
async def test_an_account_that_may_not_send_buttons_sends_numbers_and_the_log_says_what_to_set(
    desk: Desk, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    desk.api.misbehave("message", "refuse", code=code)
    await desk.connector.send(CHAT, Part("Chọn ạ", CHOICES), 1)
    (sent,) = desk.api.sent(HOA)
    assert sent.text.endswith("1. Gửi\n2. Đánh giá\n3. TC-7K3F-2F") and not sent.buttons
    assert "zalo_oa.buttons" in caplog.text


async def test_a_long_text_with_numbers_in_place_of_buttons_keeps_within_the_limit(desk: Desk) -> None:
    desk.api.templates.clear()
    await desk.connector.send(CHAT, Part("x" * 1990, CHOICES), 1)
    first, second = desk.api.sent(HOA)
    assert len(first.text) == 1990 and second.text.startswith("1. Gửi")


async def test_six_thousand_characters_are_parts_of_two_thousand_and_the_last_has_the_buttons(desk: Desk) -> None:
    long = Outgoing("đường hỏng 😀 " * 450, CHOICES)
    for number, part in enumerate(render(long, desk.connector.capabilities, 7)):
        await desk.connector.send(CHAT, part, number)
    sent = desk.api.sent(HOA)
    assert len(sent) >= 3 and all(len(one.text) <= 2000 for one in sent)
    assert [bool(one.buttons) for one in sent] == [False] * (len(sent) - 1) + [True]


async def test_words_go_before_the_picture(desk: Desk) -> None:
    await desk.connector.send(CHAT, Part("Xong ạ", CHOICES, (PHOTO,)), 1)
    words, image = desk.api.sent(HOA)
    assert words.text == "Xong ạ" and words.buttons
    assert image.image == picture()


async def test_the_request_for_name_and_phone_is_a_card_of_its_own(desk: Desk) -> None:
    await desk.connector.send(CHAT, Part("Số điện thoại ạ?", CHOICES, ask="contact"), 1)
    words, card = desk.api.sent(HOA)
    assert words.buttons
    payload = card.message["attachment"]["payload"]
    assert payload["template_type"] == "request_user_info"
    assert payload["elements"] == [
        {"title": "Gửi tên", "subtitle": "Không gửi cũng không sao", "image_url": ASKING.image_url}
    ]


async def test_without_a_picture_for_the_card_people_are_asked_in_words(tmp_path: Path) -> None:
    async with zalo_desk(tmp_path) as desk:
        assert not desk.connector.capabilities.ask_contact
        await desk.connector.send(CHAT, Part("Số điện thoại ạ?", ask="contact"), 1)
        assert len(desk.api.sent(HOA)) == 1


async def test_somebody_who_is_not_logged_in_is_known_by_the_conversation(desk: Desk) -> None:
    desk.api.seen["p1"] = NOW
    await desk.connector.send(Address("zalo_oa", "main", "anon.p1.c9"), Part("Dạ"), 1)
    assert desk.api.calls[-1][1]["recipient"] == {"anonymous_id": "p1", "conversation_id": "c9"}


# ---------------------------------------------------------------- pictures and files


async def test_a_picture_too_large_for_zalo_is_made_smaller(desk: Desk) -> None:
    desk.behind.media["7"] = (noise(1100), "image/png")
    await desk.connector.send(CHAT, Part("", media=(PHOTO,)), 1)
    image = desk.api.sent(HOA)[0].image
    assert 0 < len(image) <= MAX_IMAGE
    with Image.open(io.BytesIO(image)) as shown:
        assert shown.format == "JPEG" and max(shown.size) == 1100


async def test_a_small_jpeg_goes_out_as_it_is() -> None:
    assert as_jpeg_within(picture(), MAX_IMAGE) == picture()


@pytest.mark.parametrize("content", [b"", b"\xff\xd8 broken", b"GIF89a"])
async def test_what_is_no_picture_cannot_be_made_smaller(content: bytes) -> None:
    with pytest.raises(CannotShrink):
        as_jpeg_within(content, MAX_IMAGE)


async def test_what_no_size_makes_small_enough_cannot_be_sent() -> None:
    with pytest.raises(CannotShrink):
        as_jpeg_within(noise(520), 1000)


async def test_a_picture_that_cannot_go_out_goes_as_a_link(desk: Desk) -> None:
    desk.behind.media["7"] = (b"broken", "image/jpeg")
    await desk.connector.send(CHAT, Part("Xong ạ", media=(PHOTO,)), 1)
    assert desk.api.sent(HOA)[-1].text == PHOTO.url


async def test_a_file_is_uploaded_unless_it_is_too_large_then_it_is_a_link(desk: Desk) -> None:
    pdf = Media("file", "8", "application/pdf", 9, "kết quả.pdf", "https://phananh.example.vn/media/8/x")
    desk.behind.media["8"] = (b"%PDF-", "application/pdf")
    await desk.connector.send(CHAT, Part("", media=(pdf,)), 1)
    assert desk.api.sent(HOA)[-1].message["attachment"]["type"] == "file"
    desk.behind.media["8"] = (b"%" * (MAX_FILE + 1), "application/pdf")
    await desk.connector.send(CHAT, Part("", media=(pdf,)), 2)
    assert desk.api.sent(HOA)[-1].text == pdf.url


async def test_a_picture_that_is_no_more_is_left_out(desk: Desk) -> None:
    gone = Media("image", "404")
    await desk.connector.send(CHAT, Part("Xong ạ", media=(gone,)), 1)
    assert [one.text for one in desk.api.sent(HOA)] == ["Xong ạ"]
    assert (await fails(desk, Part("", media=(gone,)))).kind == "bad_request"


async def test_what_arrived_of_a_part_is_not_sent_again(desk: Desk) -> None:
    desk.api.misbehave("upload", "fail")
    part = Part("Xong ạ", CHOICES, (PHOTO,))
    assert (await fails(desk, part, number=5)).kind == "retry"
    await desk.connector.send(CHAT, part, 5)
    assert [one.text for one in desk.api.sent(HOA)] == ["Xong ạ", ""]


# ---------------------------------------------------------------- what goes wrong

KINDS = {
    -32: "throttled",
    -200: "retry",
    -201: "bad_request",
    -210: "bad_request",
    -211: "window_closed",
    -213: "recipient_gone",
    -221: "config",
    -224: "config",
    -227: "recipient_gone",
    -230: "window_closed",
    -232: "window_closed",
    -233: "bad_request",
    -234: "throttled",
    -244: "recipient_gone",
    -305: "window_closed",
    -311: "window_closed",
    -320: "config",
    -321: "window_closed",
    -99999: "bad_request",
}


@pytest.mark.parametrize("code", sorted(KINDS))
async def test_each_of_zalos_errors_has_one_meaning(desk: Desk, code: int) -> None:
    desk.api.misbehave("message", "refuse", code=code)
    error = await fails(desk)
    assert error.kind == KINDS[code]
    assert str(code) in str(error)
    assert (error.retry_after is not None) == (error.kind == "throttled")


def test_every_error_that_sdks_know_is_in_the_table() -> None:
    from zalo_sdk import ZaloOAException

    known = set(ZaloOAException.ERROR_CODE_TO_STR) - {0, -214, -216}  # articles; the token, which is renewed
    assert known - set(MEANINGS) == set()


OUTAGES = {"fail": "retry", "drop": "unknown", "drop_after": "unknown"}


@pytest.mark.parametrize("does", sorted(OUTAGES))
async def test_a_lost_answer_is_unknown_and_a_refused_connection_is_not(desk: Desk, does: str) -> None:
    desk.api.misbehave("message", does)
    assert (await fails(desk)).kind == OUTAGES[does]
    assert len(desk.api.sent(HOA)) == (1 if does == "drop_after" else 0)


async def test_when_nobody_listens_it_is_tried_again(desk: Desk) -> None:
    await desk.api.stop()
    assert (await fails(desk)).kind == "retry"


async def test_no_answer_in_time_is_unknown(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("connectors.zalo_oa_wire.ANSWER", 0.05)
    async with zalo_desk(tmp_path) as quick:
        quick.api.misbehave("message", "hang")
        assert (await fails(quick)).kind == "unknown"


async def test_an_operators_matter_is_logged_once_without_words_or_token(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.api.misbehave("message", "refuse", times=3, code=-321)
    for _ in range(3):
        await fails(desk, Part("bí mật"))
    assert caplog.text.count("no money left") == 1
    assert "bí mật" not in caplog.text and "access-0" not in caplog.text


async def test_what_is_left_of_the_package_is_logged_once_a_day(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(TokensOfToday, "tends", True)
    days, again, rested = [NOW], asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def sleep(seconds: float) -> None:
        rested.release()
        await again.acquire()

    async with zalo_desk(tmp_path, clock=lambda: days[-1], sleep=sleep) as desk:
        for day in (NOW, NOW, NOW + timedelta(days=1), NOW + timedelta(days=1)):
            days.append(day)
            again.release()
            await rested.acquire()
        await rested.acquire()
    assert [path for path, _ in desk.api.calls] == ["quota", "quota"]
    assert caplog.text.count("2000 of 2000 messages left") == 2


# ---------------------------------------------------------------- tokens


async def test_a_stale_token_is_renewed_once_and_the_message_goes_out(desk: Desk) -> None:
    desk.api.oauth.access = "access-9"
    await desk.connector.send(CHAT, Part("Dạ"), 1)
    assert [one.text for one in desk.api.sent(HOA)] == ["Dạ"]
    assert desk.tokens.renewed == ["access-0"]


async def test_a_token_that_stays_stale_is_for_the_operator(desk: Desk) -> None:
    desk.api.misbehave("message", "refuse", times=2, code=-216)
    assert (await fails(desk)).kind == "config"
    assert desk.tokens.renewed == ["access-0"]


async def test_uploads_renew_the_token_too(desk: Desk) -> None:
    desk.api.oauth.access = "access-9"
    await desk.connector.send(CHAT, Part("", media=(PHOTO,)), 1)
    assert desk.api.sent(HOA)[0].image == picture()


async def test_many_chats_at_once_stay_below_zalos_pace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.pace import Limit, Window

    time = [0.0]

    async def sleep(seconds: float) -> None:
        time[0] += seconds
        await asyncio.sleep(0)

    line: Any = desk.connector._line
    monkeypatch.setattr(line, "_window", Window(Limit(10, 60.0)))
    monkeypatch.setattr(line, "_monotonic", lambda: time[0])
    monkeypatch.setattr(line, "_sleep", sleep)
    await asyncio.gather(*(desk.connector.send(CHAT, Part(str(number)), number) for number in range(25)))
    assert len(desk.api.sent(HOA)) == 25
    assert time[0] >= 120
