"""The files are read by the programs themselves: HAProxy, nginx, systemd, Patroni, promtool."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cluster.programs import find, postgres_programs
from deploy.fill import HERE
from tests.deploy.files import ROOT, filled, write
from tests.deploy.programs import check
from tests.operating.nginx import MAIN

pytestmark = [pytest.mark.long, pytest.mark.server]


def certificate(folder: Path) -> tuple[Path, Path]:
    """Create a certificate and its key; the first file has both, as HAProxy requires."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=consent.example.com"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    cert.write_text(cert.read_text() + key.read_text())
    return cert, key


def test_haproxy_takes_its_file_without_a_warning(tmp_path: Path) -> None:
    cert, _ = certificate(tmp_path)
    own = {"HAPROXY_FOLDER": str(tmp_path), "HAPROXY_USER": "root", "HAPROXY_GROUP": "root"}
    own |= {"HTTPS_BIND": f":443 ssl crt {cert} alpn h2,http/1.1", "LOCAL": "127.0.0.1"}
    text = filled("haproxy/haproxy.cfg", **own)
    said = check(find("haproxy"), "-c", "-f", write(tmp_path, "haproxy.cfg", text))
    assert "WARNING" not in said, said


def test_nginx_takes_the_example_of_one_server_with_two_nodes(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    text = (ROOT / "docs" / "examples" / "nginx.conf").read_text("utf-8")
    single = text[text.index("upstream consent {") : text.index("}\n") + 2]
    text = text.replace(single, filled("nginx/upstream.conf"))
    for name in ("consent", "www"):
        at = f"/etc/letsencrypt/live/{name}.example.com"
        text = text.replace(f"{at}/fullchain.pem", str(cert)).replace(f"{at}/privkey.pem", str(key))
    write(tmp_path, "site.conf", text.replace("/var/log/nginx", str(tmp_path)))
    user = "user root root;" if os.geteuid() == 0 else ""
    main = write(tmp_path, "nginx.conf", MAIN.format(folder=tmp_path, user=user))
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert nginx
    check(nginx, "-t", "-p", tmp_path, "-c", main, "-e", tmp_path / "error.log")


@pytest.mark.parametrize("name", sorted(path.name for path in (HERE / "systemd").iterdir()))
def test_systemd_takes_each_unit(tmp_path: Path, name: str) -> None:
    for path in (HERE / "systemd").iterdir():
        text = filled(f"systemd/{path.name}", POSTGRES_PROGRAMS=str(postgres_programs()))
        # Programs that an operator installs; `verify` requires them to exist.
        for program in ("/opt/consent/bin/consent", "/usr/local/sbin/consent-base-backup"):
            text = text.replace(program, "/bin/true")
        write(tmp_path, path.name, text)
    unit = name.replace("@.", "@8000.")
    if unit != name:
        (tmp_path / unit).symlink_to(tmp_path / name)
    said = check("systemd-analyze", "verify", "--man=no", tmp_path / unit)
    assert name.partition(".")[0].rstrip("@") not in said, said


def test_promtool_takes_rules_and_configuration(tmp_path: Path) -> None:
    write(tmp_path, "consent.rules.yml", filled("prometheus/consent.rules.yml"))
    main = write(tmp_path, "prometheus.yml", filled("prometheus/prometheus.yml"))
    said = check(find("promtool"), "check", "config", main)
    assert "SUCCESS" in said


def test_prometheus_can_read_what_each_panel_asks(tmp_path: Path) -> None:
    dashboard = json.loads((HERE / "grafana" / "consent.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert asked
    rules = [
        # Variables that Grafana fills in itself.
        {"record": f"panel:{number}", "expr": re.sub(r"\$__\w+|\$\{__\w+\}", "5m", text)}
        for number, text in enumerate(asked)
    ]
    # JSON is valid YAML.
    text = json.dumps({"groups": [{"name": "panels", "rules": rules}]})
    said = check(find("promtool"), "check", "rules", write(tmp_path, "panels.yml", text))
    assert f"{len(asked)} rules found" in said
