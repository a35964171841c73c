"""Witnesses cosign a running service's checkpoints: nobody waits for them, and verifiers see who signed."""

import json
import threading
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from consent import verify
from consent.alarms.rules import AlarmContext, check_all
from consent.app import create_service
from consent.config import Settings, SettingsError, load_settings
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.witnesses import CHECKPOINT_SECONDS, Witnesses
from consent.storage.log import cosignatures
from consent.verify import is_quorum, read_policy
from tests.api.shop import DATABASES, any_shop_in, open_shop
from tests.cli.operator import operator
from tests.log.sequencing import sequence_all
from tests.polling import wait_for
from tests.witness_servers import policy_of, witness_of
from tests.wsgi_server import serving

pytestmark = [pytest.mark.app, pytest.mark.extended]


@pytest.fixture(params=["sqlite"])
def shop(request, tmp_path):
    with any_shop_in(request, tmp_path / "instance") as opened:
        sequence_all(opened.service.context)
        yield opened


@pytest.fixture
def world(shop, tmp_path):
    """Give the shop's log two witnesses that form the quorum together; tests set the clock and start each round."""
    token = shop.token("log:read", "receipts:export")

    def get(path, name):
        (tmp_path / name).write_bytes(shop.get(path, Authorization=token).data)
        return tmp_path / name

    keys = get("/log/shop/vkey", "vkey")
    with ExitStack() as stack:
        first, second = (stack.enter_context(witness_of(tmp_path, name, keys)) for name in ("one", "two"))
        policy = policy_of(tmp_path, [first.line, second.line], "group both all one two", "quorum both")
        clock = SimpleNamespace(now=1_900_000_000)
        made = Witnesses(shop.service.context.engine, policy, tmp_path / "kept", clock=lambda: clock.now)
        yield SimpleNamespace(
            shop=shop, first=first, second=second, policy=policy, clock=clock, witnesses=made, get=get, keys=keys
        )


def choose(world, number):
    shop = world.shop
    shop.choose(shop.choice(key=f"{number:032x}"))
    sequence_all(shop.service.context)


def ask(world, *names):
    return [world.witnesses.run(name) for name in names or ("one", "two")]


def cosigned(world, site="shop"):
    with world.shop.service.context.engine.connect() as connection:
        return cosignatures.newest_cosigned(connection, world.shop.site_id)


def progress(world):
    with world.shop.service.context.engine.connect() as connection:
        return {one.witness.split("+")[0]: one for one in cosignatures.progress(connection) if one.site == "shop"}


def check(world, file, *more):
    jwks = world.get("/.well-known/jwks.json", "jwks")
    return verify.check(file, [world.keys, jwks, *more])


@pytest.mark.parametrize("shop", DATABASES, indirect=True)
def test_a_checkpoint_is_cosigned_kept_and_served_with_its_signatures(world, tmp_path):
    ask(world, "one")
    assert cosigned(world) is None
    assert world.shop.get("/log/shop/cosigned", Authorization=world.shop.token("log:read")).status_code == 404
    note = world.get("/log/shop/checkpoint", "checkpoint")
    code, sentence = check(world, note, world.policy)
    assert (code, "only one of them has cosigned" in sentence) == (2, True)
    ask(world, "two")
    served = world.get("/log/shop/cosigned", "cosigned")
    assert served.read_text() == world.get("/log/shop/checkpoint", "checkpoint").read_text() == cosigned(world).note
    code, sentence = check(world, served, world.policy)
    assert (code, "Warning" in sentence) == (0, False)
    head = cosigned(world)
    kept = CheckpointFiles(tmp_path / "kept" / "cosigned").last("shop")
    assert kept == (head.size, head.root)
    assert check(world, served)[1].endswith("no policy file was given.")


@pytest.mark.parametrize("shop", DATABASES, indirect=True)
def test_proofs_and_exports_are_under_what_witnesses_have_cosigned(world):
    shop, token = world.shop, world.shop.token("receipts:export")
    old = int(world.get("/log/shop/checkpoint", "kept-checkpoint").read_text().split("\n")[1])
    first = shop.choose(shop.choice(key=f"{1:032x}")).json["id"]
    sequence_all(shop.service.context)
    ask(world)
    code, sentence = check(world, world.get(f"/api/v1/receipts/{first}/proof", "proof"), world.policy)
    assert (code, "Warning" in sentence) == (0, False), sentence
    config = shop.decision().json["config"].removeprefix("sha256:")
    assert check(world, world.get(f"/log/shop/config/{config}", "config"), world.policy)[0] == 0

    def export(name):
        (world.policy.parent / name).write_bytes(
            shop.get("/api/v1/sites/shop/receipts/export", Authorization=token).data
        )
        return check(world, world.policy.parent / name, world.policy)

    assert export("whole")[0] == 0
    late = shop.choose(shop.choice(key=f"{2:032x}")).json["id"]
    sequence_all(shop.service.context)
    code, sentence = export("more")
    assert (code, "are newer than what the witnesses have cosigned" in sentence) == (2, True), sentence
    code, sentence = check(world, world.get(f"/api/v1/receipts/{late}/proof", "late"), world.policy)
    assert (code, "none of them has cosigned" in sentence) == (2, True), sentence
    world.clock.now += CHECKPOINT_SECONDS
    ask(world)
    assert export("all")[0] == 0
    assert check(world, world.policy.parent / "whole", world.policy)[0] == 0
    size = cosigned(world).size
    growth = world.get(f"/log/shop/consistency?from={old}&checkpoint=cosigned", "growth")
    keys = [world.keys, world.policy]
    code, sentence = verify.check(growth, keys, world.policy.parent / "kept-checkpoint")
    assert (code, f"has {size} leaves, and the first {old} are unchanged" in sentence) == (0, True), sentence


def test_an_export_of_another_history_than_was_cosigned_is_false(world, tmp_path):
    choose(world, 1)
    ask(world)
    token = world.shop.token("receipts:export")
    lines = world.shop.get("/api/v1/sites/shop/receipts/export", Authorization=token).data.splitlines(keepends=True)
    manifest = json.loads(lines[-1])["manifest"]
    assert manifest["grown"] == []
    plain = manifest["checkpoint"]
    for change in ({"grown": ["00" * 32]}, {"cosigned": plain}, {"cosigned": None}):
        (tmp_path / "harmed").write_bytes(
            b"".join([*lines[:-1], json.dumps({"manifest": manifest | change}).encode() + b"\n"])
        )
        assert check(world, tmp_path / "harmed", world.policy)[0] in (1, 2)
        assert check(world, tmp_path / "harmed")[0] == 0  # without a policy, no cosignatures are required


@pytest.mark.parametrize("shop", DATABASES, indirect=True)
def test_a_witness_that_was_offline_resumes_and_the_others_do_not_wait(world):
    ask(world)
    before = cosigned(world).size
    world.second.faults.extend([(503, "")] * 50)
    for day in range(3):
        choose(world, day)
        world.clock.now += 86_400
        assert ask(world) == [True, False]
    state = progress(world)
    assert state["one.example"].size == before + 3
    assert (state["two.example"].size, state["two.example"].problem) == (before, "it returned 503")
    (warning,) = world.witnesses.warnings()
    assert "two.example has not cosigned these logs for 48 h: " in warning
    assert "; reason: it returned 503." in warning
    assert cosigned(world).size == before
    world.second.faults.clear()
    world.clock.now += 300
    ask(world)
    assert (cosigned(world).size, world.witnesses.warnings()) == (before + 3, [])


def test_an_unresponsive_witness_is_reported_by_alarm_and_metrics(world, tmp_path):
    policy = policy_of(tmp_path, [world.first.line.rpartition(" ")[0] + " http://127.0.0.1:9/"], "quorum one")
    witnesses = Witnesses(world.shop.service.context.engine, policy, tmp_path / "kept", clock=lambda: world.clock.now)
    assert witnesses.run("one") is False
    assert witnesses.warnings() == []
    context = world.shop.service.context
    context.log.witnesses.policy = witnesses.policy
    context.log.witnesses.progress = witnesses.progress
    metrics = world.shop.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert 'consent_witness_failing_seconds{log="shop",witness="one.example"}' in metrics
    with context.engine.connect() as connection:
        for later, number in ((3600, 0), (90_000, 1)):
            found = check_all(
                AlarmContext(connection, [], world.clock.now + later, 0, world.clock.now, world.clock.now)
            )
            sentences = [one.sentence for (_, kind), one in found.items() if kind == "witness_missing"]
            assert len(sentences) == number
    assert "it does not respond: ConnectionRefusedError" in sentences[0]


def test_another_process_that_asked_first_is_no_problem(world):
    choose(world, 1)
    other = Witnesses(world.shop.service.context.engine, world.policy, Path("/nowhere"), clock=lambda: world.clock.now)
    with world.shop.service.context.engine.begin() as connection:
        cosignatures.add_newest(connection, world.clock.now, CHECKPOINT_SECONDS)
        (stale,) = [
            one for one in cosignatures.pending(connection, "one.example+x", world.clock.now) if one.site == "shop"
        ]
    ask(world, "one")
    assert other.run("one")
    assert world.first.state.logs["127.0.0.1:8000/log/shop"].size == stale.head.size
    asked = len(world.first.asked)
    ask(world, "one")
    assert len(world.first.asked) == asked
    # The database lost its state, as after a restore: the witness reports its size, and cosigns the same checkpoint
    # again.
    with world.shop.service.context.engine.begin() as connection:
        cosignatures.forget_others(connection, [])
    ask(world, "one")
    assert len(world.first.asked) == asked + 2 * len(world.first.state.logs)
    assert progress(world)["one.example"].problem == ""


def test_immediately_reports_a_log_that_was_rolled_back_or_rewritten(world):
    choose(world, 1)
    ask(world)
    context = world.shop.service.context
    kept = world.first.state.logs["127.0.0.1:8000/log/shop"]
    for facts, problem in (
        ({"size": kept.size + 9}, "the log was rolled back or replaced"),
        ({"size": kept.size - 1, "root": "00" * 32}, "does not extend the tree it has cosigned"),
    ):
        world.first.state.logs["127.0.0.1:8000/log/shop"] = type(kept)(
            **({"size": kept.size, "root": kept.root, "note": kept.note} | facts)
        )
        with context.engine.begin() as connection:
            cosignatures.forget_others(connection, [])
        ask(world, "one")
        (warning,) = world.witnesses.warnings()
        assert problem in warning
    ask(world, "one")
    assert world.witnesses.warnings() == [warning]
    world.clock.now += 301
    world.first.state.logs["127.0.0.1:8000/log/shop"] = kept
    ask(world, "one")
    assert world.witnesses.warnings() == []


@pytest.mark.parametrize(
    ("status", "text", "problem"),
    [
        (200, "", "it returned no signature by the key"),
        (200, "\N{EM DASH} one.example AAAAAAAA\n", "it returned no signature by the key"),
        (200, "x" * 200_000, "ValueError"),
        (409, "lots\n", "it returned 409"),
        (409, "0\n", "it returned 409"),
        (404, "", "it does not know this log"),
        (403, "", "it does not trust the key"),
        (302, "", "it returned 302"),
    ],
)
def test_records_an_invalid_response_as_a_problem_of_that_witness(world, status, text, problem):
    world.first.faults.extend([(status, text)] * 9)
    ask(world, "one")
    assert problem in progress(world)["one.example"].problem
    assert cosigned(world) is None


def test_a_forged_signature_of_a_witness_is_false(world, tmp_path):
    ask(world)
    note = cosigned(world).note
    for line in [line for line in note.splitlines() if "one.example" in line]:
        place = len(line) - 20
        other = "A" if line[place] != "A" else "B"
        (tmp_path / "forged").write_text(note.replace(line, line[:place] + other + line[place + 1 :]))
    code, sentence = check(world, tmp_path / "forged", world.policy)
    assert (code, "invalid signature of the witness one" in sentence) == (1, True)


def test_receipts_and_sequencer_do_not_wait_for_a_witness_that_hangs(shop, tmp_path):
    hung, release = threading.Event(), threading.Event()

    def never(environ, start_response):
        hung.set()
        release.wait(60)
        start_response("503 Given", [])
        return [b""]

    with serving(never) as port:
        token = shop.token("log:read")
        (tmp_path / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=token).data)
        with witness_of(tmp_path, "one", tmp_path / "vkey") as witness:
            line = f"{witness.line.rpartition(' ')[0]} http://127.0.0.1:{port}/"
        policy = policy_of(tmp_path, [line], "quorum one")
        witnesses = Witnesses(shop.service.context.engine, policy, tmp_path / "kept")
        thread = threading.Thread(target=witnesses.run, args=("one",))
        thread.start()
        assert hung.wait(30)
        assert shop.choose(shop.choice()).status_code == 201
        sequence_all(shop.service.context)
        assert thread.is_alive()
        release.set()
        thread.join()


def test_a_running_service_requests_cosignatures_on_its_own(tmp_path):
    made = open_shop(tmp_path / "instance")
    sequence_all(made.service.context)
    token = made.token("log:read")
    (tmp_path / "vkey").write_bytes(made.get("/log/shop/vkey", Authorization=token).data)
    made.service.close()
    with witness_of(tmp_path, "one", tmp_path / "vkey") as witness:
        policy = policy_of(tmp_path, [witness.line], "quorum one")
        service = create_service(Settings(instance=tmp_path / "instance", demo=True, witness_policy=policy))
        wait_for(lambda: service.context.log.witnesses.progress)
        service.close()
        assert witness.state.logs
        assert all(one.cosigned_at for one in service.context.log.witnesses.progress)


def test_doctor_reports_missing_witnesses_and_missing_cosignatures(tmp_path, monkeypatch):
    run = operator(tmp_path, monkeypatch)
    assert run("db", "upgrade")[0] == 0
    assert "witnesses: None: anyone with the database and keys could rewrite the log" in run("doctor")[1]
    with witness_of(tmp_path, "one") as witness:
        policy = policy_of(tmp_path, [witness.line], "quorum one")
    monkeypatch.setenv("CONSENT_WITNESS_POLICY", str(policy))
    assert "ok   witnesses: No cosignature has been requested yet." in run("doctor")[1]


def test_rejects_an_invalid_policy_at_startup(tmp_path):
    with witness_of(tmp_path, "one") as one, witness_of(tmp_path, "two") as two:
        lines = [one.line, two.line]
    good = policy_of(tmp_path, lines, "group any-of-us any one two", "quorum any-of-us")
    assert load_settings({"CONSENT_WITNESS_POLICY": str(good)}).witness_policy == good
    word, name, key, _ = lines[0].split()
    for rest in (
        ["quorum three"],
        [],
        ["quorum one", "quorum two"],
        ["group a 3 one two", "quorum a"],
        ["group a 0 one", "quorum a"],
        ["group a all one one", "quorum a"],
        ["group a all later", "group later all one", "quorum a"],
        [f"witness three {key} https://w.example/", "quorum one"],
        ["witness none x", "quorum none"],
        ["nonsense", "quorum one"],
        [f"{word} wide {key[:-4]}AAAA https://w.example/", "quorum one"],
        ["witness plain " + key.replace("one", "uno") + " https://w.example/", "quorum one"],
    ):
        bad = policy_of(tmp_path, lines, *rest)
        with pytest.raises(SettingsError, match="CONSENT_WITNESS_POLICY"):
            load_settings({"CONSENT_WITNESS_POLICY": str(bad)})
    for address in ("", "http://witness.example/", "ftp://witness.example/", "https://witness.example/ x"):
        bad = policy_of(tmp_path, [f"{word} {name} {key} {address}"], "quorum one")
        with pytest.raises(SettingsError, match="CONSENT_WITNESS_POLICY"):
            load_settings({"CONSENT_WITNESS_POLICY": str(bad)})
    for address in ("http://10.0.0.5:8090/", "http://127.0.0.1:1", "https://witness.example"):
        fine = policy_of(tmp_path, [f"{word} {name} {key} {address}"], "quorum none")
        assert load_settings({"CONSENT_WITNESS_POLICY": str(fine)}).witness_policy == fine
    with pytest.raises(SettingsError, match="No such file"):
        load_settings({"CONSENT_WITNESS_POLICY": str(tmp_path / "none")})


def test_groups_of_a_policy_are_counted_as_it_says(tmp_path):
    with ExitStack() as stack:
        lines = [stack.enter_context(witness_of(tmp_path, name)).line for name in ("a", "b", "c", "d")]
    groups = ["group first 2 a b c", "group second any d", "group whole all first second", "quorum whole"]
    policy = read_policy("\n".join([*lines, *groups]))
    assert is_quorum(policy, {"a", "c", "d"})
    assert not is_quorum(policy, {"a", "b", "c"})
    assert not is_quorum(policy, {"a", "d"})
    assert is_quorum(read_policy("quorum none"), set())
