"""Debian's WordPress on its own MariaDB, served by PHP, with a classic theme and the test's plugins."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.guides.web_server import served, until_it_answers

FOLDER = Path("/usr/share/wordpress")
PATHS = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))
CONFIG = """<?php
define('DB_NAME', 'site'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:{socket}');
define('WP_HOME', '{origin}'); define('WP_SITEURL', '{origin}');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = 'localhost';
require '{folder}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
// Nobody gets the mail about the new site.
function wp_mail() {{ return true; }}
wp_install('Site', 'admin', 'admin@shop.example', true, '', 'no-matter');
switch_theme('{theme}');
wp_insert_post(['post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'About', 'post_name' => 'about']);
"""
ACTIVATE = """
require_once ABSPATH . 'wp-admin/includes/plugin.php';
$failed = activate_plugin('{name}/{name}.php');
if (is_wp_error($failed)) {{ fwrite(STDERR, $failed->get_error_message()); exit(1); }}
"""
PASSWORD = "no-matter"


class Missing(Exception):
    """Raised when a program isn't installed; the message says what to install."""


@contextmanager
def wordpress(
    folder: Path, port: int, theme: dict[str, str], plugins: dict[str, str], installed: Path | None = None
) -> Iterator[None]:
    """Run a new website with this theme and these must-use plugins, both as files by name.

    `installed` is the folder of a plugin to install and activate.
    """
    programs = {name: shutil.which(name, path=PATHS) for name in ("php", "mariadbd", "mariadb-install-db", "mariadb")}
    if not FOLDER.exists() or not all(programs.values()):
        wanted = "wordpress php-cli php-mysql mariadb-server"
        raise Missing(f"WordPress is missing: sudo apt-get install --no-install-recommends {wanted}")
    site, content = folder / "site", folder / "site" / "wp-content"
    shutil.copytree(FOLDER, site, symlinks=True, ignore=shutil.ignore_patterns("wp-config.php", "wp-content"))
    for place, files in (("themes/shop", theme), ("mu-plugins", plugins)):
        (content / place).mkdir(parents=True)
        for name, text in files.items():
            (content / place / name).write_text(text, "utf-8")
    if installed:
        shutil.copytree(installed, content / "plugins" / installed.name)
    with _mariadb(folder) as socket:
        origin = f"http://localhost:{port}"
        (site / "wp-config.php").write_text(CONFIG.format(socket=socket, origin=origin), "utf-8")
        (folder / "install.php").write_text(INSTALL.format(folder=site, theme="shop"), "utf-8")
        if installed:
            with (folder / "install.php").open("a", encoding="utf-8") as steps:
                steps.write(ACTIVATE.format(name=installed.name))
        _run(f"php {folder / 'install.php'}")
        environ = os.environ | {"PHP_CLI_SERVER_WORKERS": "4"}
        with served(f"php -S localhost:{port} -t {site}", site, port, environ):
            yield


@contextmanager
def _mariadb(folder: Path) -> Iterator[Path]:
    data, socket, user = folder / "data", folder / "db.sock", "root" if os.geteuid() == 0 else os.environ["USER"]
    _run(f"mariadb-install-db --no-defaults --datadir={data} --auth-root-authentication-method=normal --user={user}")
    command = f"mariadbd --no-defaults --datadir={data} --socket={socket} --skip-networking --user={user}"
    program = shutil.which("mariadbd", path=PATHS) or ""
    with (folder / "mariadb.txt").open("w") as log:
        server = subprocess.Popen([program, *command.split()[1:]], stdout=log, stderr=log)
    try:
        until_it_answers(server, lambda: _answers(socket), folder / "mariadb.txt")
        _run(f"mariadb --no-defaults --socket={socket} --user=root --execute=CREATE&DATABASE&site")
        yield socket
    finally:
        server.terminate()
        server.wait(60)


def _answers(socket: Path) -> bool:
    command = ["mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "--execute=SELECT 1"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _run(command: str) -> None:
    words = [word.replace("&", " ") for word in command.split()]
    program = shutil.which(words[0], path=PATHS) or words[0]
    done = subprocess.run([program, *words[1:]], text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
