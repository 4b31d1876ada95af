"""The same dialog in aiogram 3: webhook, FSM, MemoryStorage. Arguments: port, Bot API, token."""

import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

PORT, API, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
SECRET = "a-secret-of-the-bench"
BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="Gửi", callback_data="send"),
            InlineKeyboardButton(text="Sửa", callback_data="edit"),
            InlineKeyboardButton(text="Thêm ảnh", callback_data="photos"),
        ]
    ]
)
dispatcher = Dispatcher(storage=MemoryStorage())


class Report(StatesGroup):
    confirm = State()


@dispatcher.message(F.text)
async def take_words(message: Message, state: FSMContext) -> None:
    await state.set_state(Report.confirm)
    await state.update_data(text=message.text)
    await message.answer(f"Em ghi nhận ạ: {message.text}", reply_markup=BUTTONS)


@dispatcher.callback_query(Report.confirm, F.data == "send")
async def file(query: CallbackQuery, state: FSMContext) -> None:
    await query.answer()
    said = await state.get_data()
    await state.clear()
    assert query.message
    await query.message.answer(f"Đã gửi. Mã phản ánh TC-7K3F-2Q: {said['text'][:40]}")


async def announce(bot: Bot) -> None:
    await bot.set_webhook(f"http://127.0.0.1:{PORT}/hook", secret_token=SECRET)


def main() -> None:
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(API)))
    dispatcher.startup.register(announce)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path="/hook")
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, print=None)


main()
