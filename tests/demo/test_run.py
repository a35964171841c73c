"""The whole demo, started as a person would start it."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from consent.demo.ports import PortInUseError, reserve
from tests.demo.demo_process import demo, free_ports

pytestmark = pytest.mark.server


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(120)


def is_free(port: int) -> bool:
    try:
        reserve("127.0.0.1", port).close()
    except PortInUseError:
        return False
    return True


@pytest.mark.long
def test_everything_serves_stops_and_runs_again(tmp_path: Path) -> None:
    ports = free_ports()
    with demo(tmp_path, ports) as (process, said):
        text = "".join(said)
        assert "with the password" in text
        assert f"http://www.shop.localhost:{ports.shop}" in text
        shop = f"http://127.0.0.1:{ports.shop}"
        script = requests.get(f"{shop}/consent/b/demo.js?path=/", cookies={"visit_as": "DE"})
        assert script.status_code == 200, script.text
        assert '"country":"DE"' in script.text
        story = requests.get(f"{shop}/story/server-side?visit=US-CA&gpc=1").text
        assert '<tr><th scope="row">demo-ads</th><td>advertising</td><td><span class="mode held">' in story
        assert "/ads.js" not in story
        assert "/analytics.js?id=D-1001" in story
        assert requests.get(f"http://127.0.0.1:{ports.vendors}/hits").json()["total"] == 0
        assert stop(process) == 0
    with demo(tmp_path, ports) as (process, said):
        assert "with the password" not in "".join(said)
        assert requests.get(f"{shop}/consent/b/demo.js").status_code == 200
        assert stop(process, signal.SIGINT) == 0
    assert all(is_free(port) for port in (ports.service, ports.shop, ports.vendors))


def test_a_port_in_use_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    ports = free_ports()
    with reserve("127.0.0.1", ports.shop), demo(tmp_path, ports) as (process, said):
        assert process.wait(120) == 1
        assert len(said) == 1
        assert f"Port {ports.shop} of 127.0.0.1 cannot be had" in said[0]
    assert not (tmp_path / "consent.sqlite").exists()


def test_a_held_port_listens() -> None:
    with reserve("127.0.0.1", 0) as held, socket.create_connection(held.getsockname()):
        pass
