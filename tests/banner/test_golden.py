import json
import subprocess
from pathlib import Path

from tests.golden import golden_cases


def test_the_script_decides_every_golden_case_as_the_service_does() -> None:
    cases = golden_cases()
    runner = Path(__file__).with_name("golden.mjs")
    done = subprocess.run(["node", runner], input=json.dumps(cases), capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout)
    assert len(answers) == len(cases) > 0
    wrong = {case["name"]: answer for case, answer in zip(cases, answers, strict=True) if answer != case["full"]}
    assert wrong == {}
