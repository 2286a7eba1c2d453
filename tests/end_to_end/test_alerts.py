"""`sayso alert test` as an operator runs it: receivers over HTTP and SMTP that fail first get one
message each."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))

from receivers import hook, mailbox

CONFIG = '[sayso]\nlanguage = "lv"\n[[brands]]\nname = "Lumora"\n[alerts]\nurls = [{urls}]\n'


def home(root: Path, *urls: str) -> Path:
    root.mkdir(exist_ok=True)
    text = CONFIG.replace("{urls}", ", ".join(f'"{url}"' for url in urls))
    (root / "sayso.toml").write_text(text, encoding="utf-8")
    return root


def test_receivers_that_first_fail_get_exactly_one_message_each(sayso, tmp_path: Path) -> None:
    with hook(500, "drop") as web, mailbox("451 busy") as mail:
        place = home(tmp_path / "home", "team", mail.address)
        done = sayso("alert", "test", "--json", "--home", place, env={"SAYSO_ALERTS_TEAM": web.address})
        assert json.loads(done.stdout)["sent"] == 2
        assert (len(web.taken), len(mail.taken)) == (1, 1)
        assert (web.seen, mail.seen) == (3, 2)
        assert mail.subject() == web.taken[0]["title"] == "sayso: izmēģinājuma ziņa"
        told = json.loads(sayso("alert", "list", "--json", "--home", place).stdout)
        assert [(d["outcome"], d["tries"]) for d in told[0]["deliveries"]] == [("sent", 3), ("sent", 2)]
        assert str(web.port) not in done.stderr


def test_a_kill_9_between_tries_loses_nothing_and_doubles_nothing(sayso, tmp_path: Path) -> None:
    with hook(*[500] * 3) as web:
        place = home(tmp_path / "home", web.address)
        program = Path(sys.executable).with_name("sayso")
        running = subprocess.Popen([program, "alert", "test", "--home", place], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while web.seen < 2 and time.monotonic() < until:
            time.sleep(0.02)
        running.kill()
        running.wait()
        sayso("alert", "test", "--home", place)
        assert len(web.taken) == 1 and len(set(web.ids)) == 1


def test_what_cannot_be_delivered_is_said_and_has_an_exit_code(sayso, tmp_path: Path) -> None:
    place = home(tmp_path / "home", "nobody")
    done = sayso("alert", "test", "--home", place, code=1)
    assert "nobody did not arrive" in done.stderr and "secrets.toml" in done.stderr


def test_a_secret_in_sayso_toml_is_refused_without_showing_it(sayso, tmp_path: Path) -> None:
    place = home(tmp_path / "home", "slack://TokenA/TokenB/TokenC")
    done = sayso("alert", "test", "--home", place, code=3)
    assert "secrets.toml" in done.stderr and "TokenA" not in done.stderr + done.stdout
