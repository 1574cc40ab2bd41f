"""The data directory: held by one, for its owner only, with keys and ports that stay."""

import json
import socket
import stat
from pathlib import Path

import pytest
from doorward_local.data_directory import DataDirectory, read_json, write_private
from doorward_local.errors import AlreadyRunning, NotADataDirectory
from doorward_sealing.key_encryption import read_key_encryption_keys


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_and_its_files_are_for_the_owner_only(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    with directory.held():
        key = directory.key_file("service")
        directory.key_encryption_key_file()
        directory.ports("nats")

    assert mode(directory.path) == 0o700
    assert {mode(file) for file in directory.path.iterdir()} == {0o600}
    assert key.is_file()


def test_only_one_holds_it(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    with directory.held():
        assert directory.is_held()
        with pytest.raises(AlreadyRunning, match="doorward down"), DataDirectory(tmp_path).held():
            pass

    assert not directory.is_held()
    with directory.held():
        pass


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    tmp_path.chmod(0o755)

    with pytest.raises(NotADataDirectory, match="empty directory"), DataDirectory(tmp_path).held():
        pass

    assert mode(tmp_path) == 0o755
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(NotADataDirectory), DataDirectory(tmp_path / "file").held():
        pass


def test_keys_are_long_differ_and_stay(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    keys = {name: directory.key(name) for name in ("service", "nats", "valkey")}

    assert len(set(keys.values())) == 3
    assert {len(key) for key in keys.values()} == {40}
    assert {name: DataDirectory(tmp_path).key(name) for name in keys} == keys


def test_the_key_encryption_key_fits_and_stays(tmp_path: Path) -> None:
    made = read_key_encryption_keys(DataDirectory(tmp_path).key_encryption_key_file())

    assert len(made.first.key) == 32
    assert read_key_encryption_keys(DataDirectory(tmp_path).key_encryption_key_file()) == made


def test_ports_stay_unless_somebody_took_them(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    first = directory.ports("nats", "valkey", "identity")

    assert directory.ports("nats", "valkey", "identity") == first
    with socket.create_server(("127.0.0.1", first["valkey"])):
        second = directory.ports("nats", "valkey", "identity")

    assert second["valkey"] != first["valkey"]
    assert (second["nats"], second["identity"]) == (first["nats"], first["identity"])
    assert len(set(second.values())) == 3


def test_a_port_with_lingering_connections_can_be_taken_again(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    port = directory.ports("nats")["nats"]
    with socket.create_server(("127.0.0.1", port)) as server:
        connection = socket.create_connection(("127.0.0.1", port))
        served, _ = server.accept()
        served.close()  # the server closes first, so its port lingers in TIME_WAIT
        connection.close()

    assert directory.ports("nats")["nats"] == port


@pytest.mark.parametrize("text", ["", "[]", '{"nats": "x"}', '{"nats": 99999999}', '{"nats": -4}'])
def test_ports_that_make_no_sense_are_chosen_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)

    assert 0 < DataDirectory(tmp_path).ports("nats")["nats"] < 65536


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    write_private(file, json.dumps({"a": 1}))
    write_private(file, json.dumps({"a": 2}))

    assert read_json(file) == {"a": 2}
    assert mode(file) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
