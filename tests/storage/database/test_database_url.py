import pytest

from consent.storage.database.database_url import with_hosts_in_query
from consent.storage.database.engine import database_url, engine_options, make_engine


def connect_arguments(url: str) -> dict[str, object]:
    engine = make_engine(url)
    _, found = engine.dialect.create_connect_args(engine.url)
    return found | engine_options(url)["connect_args"]


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://ann:s%40cret@db1,db2,db3/consent", "db1,db2,db3", ",,"),
        ("postgresql://ann:s%40cret@db1:5432,db2:5433/consent", "db1,db2", "5432,5433"),
        ("postgresql://ann:s%40cret@db1,db2:5433/consent", "db1,db2", ",5433"),
        ("postgresql://ann:s%40cret@[2001:db8::1]:5432,[2001:db8::2]/consent", "2001:db8::1,2001:db8::2", "5432,"),
        ("postgresql://ann:s%40cret@/consent?host=db1,db2&port=5432,5433", "db1,db2", "5432,5433"),
        ("postgresql://ann:s%40cret@/consent?host=/run/a,/run/b", "/run/a,/run/b", ","),
    ],
)
def test_a_database_may_have_several_hosts_as_libpq_writes_them(url, host, port) -> None:
    found = connect_arguments(url)
    assert (found["host"], found.get("port") or "") == (host, port)
    assert (found["user"], found["password"], found["dbname"]) == ("ann", "s@cret", "consent")
    assert found["target_session_attrs"] == "read-write"


def test_what_the_address_says_wins_over_what_is_usual_here() -> None:
    found = connect_arguments("postgresql://db1,db2/consent?target_session_attrs=any&connect_timeout=7")
    assert (found["target_session_attrs"], str(found["connect_timeout"])) == ("any", "7")
    assert found["tcp_user_timeout"] == 5000


def test_one_host_stays_as_it_was() -> None:
    url = "postgresql://ann@db1:5433/consent?sslmode=verify-full"
    assert with_hosts_in_query(url) == url
    assert database_url(url).port == 5433


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:secret@db1:54x,db2/consent", "'db1:54x' is not a host"),
        ("postgresql://ann:secret@db1:70000/consent", "'db1:70000' is not a host"),
        ("postgresql://ann:secret@db 1,db2/consent", "'db 1' is not a host"),
        ("postgresql://ann:secret@/consent?host=a,b&port=1,2,3", "there are 2 hosts and 3 ports"),
        ("postgresql://ann:secret@/consent?host=a,b&port=1,x", "'x' is not a port"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(url, said) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        with_hosts_in_query(url)
    assert "secret" not in str(refused.value)
