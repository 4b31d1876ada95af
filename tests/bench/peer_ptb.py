"""The same dialog in python-telegram-bot: ConversationHandler, PicklePersistence. Arguments: port, API, token."""

import sys
import tempfile
import warnings
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.warnings import PTBUserWarning

PORT, API, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
SECRET = "a-secret-of-the-bench"
CONFIRM = 1
BUTTONS = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Gửi", callback_data="send"),
            InlineKeyboardButton("Sửa", callback_data="edit"),
            InlineKeyboardButton("Thêm ảnh", callback_data="photos"),
        ]
    ]
)


async def take_words(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message and context.user_data is not None
    context.user_data["text"] = update.message.text
    await update.message.reply_text(f"Em ghi nhận ạ: {update.message.text}", reply_markup=BUTTONS)
    return CONFIRM


async def file(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    assert query and query.message and context.user_data is not None
    await query.answer()
    said = context.user_data.pop("text")
    await context.bot.send_message(query.message.chat.id, f"Đã gửi. Mã phản ánh TC-7K3F-2Q: {said[:40]}")
    return ConversationHandler.END


def main() -> None:
    warnings.simplefilter("ignore", PTBUserWarning)  # about per_message: a button of an old card may be pressed
    with tempfile.TemporaryDirectory() as folder:
        application = (
            Application.builder()
            .token(TOKEN)
            .base_url(f"{API}/bot")
            .persistence(PicklePersistence(Path(folder) / "talks.pickle"))
            .build()
        )
        dialog = ConversationHandler(
            entry_points=[MessageHandler(filters.TEXT, take_words)],
            states={CONFIRM: [CallbackQueryHandler(file, pattern="^send$"), MessageHandler(filters.TEXT, take_words)]},
            fallbacks=[],
            name="report",
            persistent=True,
        )
        application.add_handler(dialog)
        application.run_webhook(
            "127.0.0.1", PORT, "hook", webhook_url=f"http://127.0.0.1:{PORT}/hook", secret_token=SECRET
        )


main()
