"""`langnghe doctor`: looks at everything that has to work and says, a line each, how it is and how to mend it."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

from bot.doctor_house import check_clock, check_corpus, check_database, check_disk, check_locality, check_model
from bot.doctor_telegram import check_telegram
from bot.doctor_web import check_web
from bot.doctor_zalo import check_zalo_oa
from bot.doctor_zalo_bot import check_zalo_bot
from bot.finding import BAD, OK, Finding, Patient, bad, ok
from bot.settings import SECRETS, BadConfig, load_settings

Check = Callable[[Patient], Awaitable[list[Finding]]]

# in this order: a later check may use what an earlier one has found out about the patient
CHECKS: Sequence[tuple[str, Check]] = (
    ("locality", check_locality),
    ("corpus", check_corpus),
    ("database", check_database),
    ("disk", check_disk),
    ("clock", check_clock),
    ("model", check_model),
    ("web", check_web),
    ("telegram", check_telegram),
    ("zalo_oa", check_zalo_oa),
    ("zalo_bot", check_zalo_bot),
)
SIGNS = {"ok": "✓", "warn": "!", "bad": "✗"}

Row = tuple[str, Finding]


async def examine(config: Path | None, clock: Callable[[], datetime]) -> list[Row]:
    """(check, finding) of every check. Changes nothing: no file is made, no schema migrated, no model trained."""
    try:
        settings = load_settings(config)
    except BadConfig as error:
        mend = "Sửa tệp cấu hình, xem config.example.toml", "mend the file, see config.example.toml"
        return [("config", bad(line, line, *mend)) for line in str(error).splitlines()]
    patient = Patient(settings, clock)
    said = ("cấu hình đọc được", "the configuration can be read") if config else ("mặc định", "all defaults")
    rows = [("config", ok(*said))]
    for name, check in CHECKS:
        rows += [(name, finding) for finding in await _safely(check, patient)]
    secrets = [secret for name in SECRETS if (secret := str(getattr(settings, name)))]
    return [(name, finding.without(secrets)) for name, finding in rows]


async def _safely(check: Check, patient: Patient) -> list[Finding]:
    try:
        return await check(patient)
    except Exception as error:  # the door: one check that breaks must not hide the others; its words may hold a secret
        name = type(error).__name__
        return [bad(f"kiểm tra bị hỏng ({name})", f"the check itself failed ({name})", *REPORT_IT)]


REPORT_IT = "Báo cho người phát triển", "tell the developers"


def is_well(rows: Sequence[Row]) -> bool:
    """Whether nothing is broken; what is merely worth a look does not count."""
    return all(finding.mark != BAD for _, finding in rows)


def as_text(rows: Sequence[Row]) -> str:
    """For a person: a line a finding, the mend under it."""
    lines = []
    for name, finding in rows:
        lines.append(f"{SIGNS[finding.mark]} {name}: {_both(finding.vi, finding.en)}")
        if finding.mark != OK and finding.mend_vi:
            lines.append(f"    → {_both(finding.mend_vi, finding.mend_en)}")
    return "\n".join(lines)


def _both(vi: str, en: str) -> str:
    return vi if vi == en else f"{vi} / {en}"


def as_json(rows: Sequence[Row]) -> str:
    """For a program."""
    checks = [{"check": name, **finding.as_plain()} for name, finding in rows]
    return json.dumps({"ok": is_well(rows), "checks": checks}, ensure_ascii=False)
