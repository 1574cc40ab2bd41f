"""Starts components in order, starts again what dies, and stops everything in reverse order."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from doorward_local.errors import StartFailed
from doorward_local.pids import mark, process_id
from doorward_local.process import Program, Running
from doorward_local.state import Started, end_marked

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before a component that died is started again: doubled each time, from the first to the longest."""

_CALM_SECONDS = 10.0
"""A component that has lived so long begins again with the first pause."""

_LOOK_SECONDS = 0.05

Tell = Callable[[str], None]
"""Tells the person who watches one line."""

Note = Callable[[str, Started], None]
"""Writes down a component and its process."""


@dataclass(slots=True)
class _Component:
    program: Program
    address: str
    running: Running | None = None
    held_down: bool = False
    restarts: int = 0
    pause: float = FIRST_PAUSE
    started_at: float = 0.0
    start_at: float | None = None


class Supervisor:
    """Components under watch. Its methods may be called from any thread."""

    def __init__(self, run: str, note: Note, tell: Tell) -> None:
        self._run = run
        self._note = note
        self._tell = tell
        self._components: dict[str, _Component] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="supervisor", daemon=True)

    def start(self, programs: Sequence[tuple[Program, str]], stopping: threading.Event) -> None:
        """Start programs, each with its address, one after the other, and watch them from then on.

        Raises StartFailed, and Stopped when `stopping` is set meanwhile; the caller then calls `stop`.
        """
        for program, address in programs:
            marked = replace(program, environment={**program.environment, **mark(self._run, program.name)})
            component = _Component(marked, address)
            with self._lock:
                self._components[program.name] = component
                running = self._spawn(component)
            running.wait_ready(stopping)
        self._watch.start()

    def stop(self, hurry: threading.Event) -> None:
        """Stop everything in reverse order; at once when `hurry` is set."""
        self._ended.set()
        if self._watch.is_alive():
            self._watch.join()
        with ExitStack() as stack:  # which goes on with the others when one cannot be stopped
            for component in self._components.values():
                stack.callback(self._stop, component, hurry)

    def running(self, name: str) -> Running:
        """The component's process as it is now. Raises KeyError when there is no such component."""
        running = self._components[name].running
        if running is None:
            raise KeyError(name)
        return running

    def wait_ready(self, name: str, seconds: float = 30.0) -> None:
        """Wait until a component answers, also when it is being started again. Raises StartFailed."""
        deadline = time.monotonic() + seconds
        component = self._components[name]
        while not (component.running is not None and component.running.alive and component.program.ready()):
            if time.monotonic() > deadline:
                raise StartFailed(f"{name} did not answer within {seconds:g} s")
            time.sleep(0.02)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Kill a component and keep it down during the block; afterwards it is started and waited for."""
        component = self._components[name]
        with self._lock:
            component.held_down = True
            self.running(name).kill()
        try:
            yield
        finally:
            with self._lock:
                component.held_down = False
                self._spawn(component)
            self.wait_ready(name)

    def check(self) -> None:
        """Raises RuntimeError when nobody watches any more."""
        if not self._watch.is_alive():
            raise RuntimeError("the supervisor's watch has ended")

    def _stop(self, component: _Component, hurry: threading.Event) -> None:
        name = component.program.name
        if component.running is not None:
            component.running.stop(hurry=hurry)
        end_marked(self._run, name)
        self._note(name, Started(process=None, address=component.address, restarts=component.restarts))

    def _look_after(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            for component in self._components.values():
                with self._lock:
                    self._look_at(component)

    def _look_at(self, component: _Component) -> None:
        if component.running is None or component.running.alive or component.held_down:
            return
        now = time.monotonic()
        if component.start_at is None:
            if now - component.started_at > _CALM_SECONDS:
                component.pause = FIRST_PAUSE
            component.start_at = now + component.pause
            self._tell(
                f"{component.program.name} ended with status {component.running.exit_status}, "
                f"starting it again in {component.pause:g} s; its log is {component.program.log}"
            )
            component.pause = min(component.pause * 2, LONGEST_PAUSE)
        elif now >= component.start_at:
            component.restarts += 1
            self._spawn(component)

    def _spawn(self, component: _Component) -> Running:
        name = component.program.name
        if component.running is not None:
            end_marked(self._run, name)
        component.running = running = Running.spawn(component.program)
        component.started_at = time.monotonic()
        component.start_at = None
        self._note(
            name, Started(process=process_id(running.pid), address=component.address, restarts=component.restarts)
        )
        return running
