"""libuv in handlers: on a loop of the script, inside of the server's."""

import time
from pathlib import Path

import pytest

APP = "luv"


def test_a_timer_of_libuv_wakes_a_handler(server):
    assert server.get("/timer").body == b"due"


def test_callbacks_wait_and_their_errors_are_logged(server):
    assert server.get("/callback/waits").body == b"waited"
    server.wait_for_log("a callback failed")
    assert server.get("/timer").body == b"due"


def test_files_are_asked_for_in_the_thread_pool(server):
    assert server.get("/stat").body == b"directory ENOENT nil"


@pytest.mark.parametrize("count", [1, 1000, 3_000_000])
def test_sockets_of_libuv_carry_data(server, count):
    assert server.get(f"/echo/{count}").body == str(count).encode()


def test_names_are_resolved(server):
    assert server.get("/dns").body == b"127.0.0.1"


def test_work_runs_in_a_thread(server):
    assert server.get("/work").body == b"500500"


def test_the_loop_belongs_to_the_server(server):
    assert server.get("/refused").body.decode().splitlines() == [
        "uv.run belongs to the server, which runs the loop",
        "uv.loop_close belongs to the server, which runs the loop",
    ]


def test_a_walk_sees_handles_of_scripts_only(server):
    assert server.get("/walk").body == b"walked"


def test_many_handlers_use_it_at_once(server):
    clients = [server.connect() for _ in range(50)]
    for round in range(5):
        for client in clients:
            client.request("GET", "/echo/1000")
        for client in clients:
            assert client.response().body == b"1000"
    for client in clients:
        client.socket.close()


def ticks(server):
    """Of the processor, that the server has used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_timers_without_a_reference_fire_and_cost_nothing(serve):
    server = serve("luv")
    assert server.get("/unref").body == b"true"
    assert server.get("/kept-unref").body == b"kept"
    before = ticks(server)
    time.sleep(0.5)
    assert ticks(server) - before <= 5, "it turns while nothing happens"


def test_descriptors_are_given_back(server):
    server.get("/echo/10")
    before = server.descriptors()
    for _ in range(20):
        server.get("/echo/10")
    server.get("/timer")
    assert server.descriptors() <= before + 2


def test_a_server_that_stops_closes_what_scripts_left_open(serve):
    server = serve("luv")
    assert server.get("/leaves-open").body == b"left 50"
    assert server.get("/echo/10").body == b"10"


def test_a_vm_with_a_limit_survives_callbacks(serve):
    server = serve("luv", settings={"lua_memory": "32m"})
    assert server.get("/echo/1000000").body == b"1000000"
    assert server.get("/stat").body == b"directory ENOENT nil"


def test_an_app_that_uses_it_can_be_checked(tmp_path):
    from server import APPS, command

    result = command("check", APPS / "luv.lua")
    assert result.returncode == 0, result.stderr
    assert "/timer" in result.stdout
