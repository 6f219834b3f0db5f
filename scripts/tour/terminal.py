"""What the tour writes: headings, statements, and a few lines that are drawn again in place."""

import shutil
import sys

BAR_WIDTH = 30


class Terminal:
    """Writes to the standard output. Without a terminal there: no colours, and of live lines only the last state."""

    def __init__(self):
        self.is_live = sys.stdout.isatty()
        self.live = []

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.is_live else text

    def write(self, text=""):
        self.keep()
        print(text, flush=True)

    def heading(self, number, of, text):
        self.write()
        self.write(self.paint("1", f"[{number}/{of}] {text}"))

    def statement(self, text):
        self.write("  " + self.paint("36", f"mysql> {text};"))

    def good(self, text):
        self.write("  " + self.paint("32", "✓") + " " + text)

    def bad(self, text):
        self.write("  " + self.paint("31", "✗") + " " + text)

    def draw(self, *lines):
        """Shows lines in the place of the ones drawn before."""
        width = shutil.get_terminal_size().columns - 1
        if self.is_live:
            sys.stdout.write(self.erasure() + "".join(f"{line[:width]}\n" for line in lines))
            sys.stdout.flush()
        self.live = list(lines)

    def erasure(self):
        return f"\033[{len(self.live)}A\033[J" if self.live else ""

    def keep(self):
        """Leaves what was drawn last where it stands."""
        if not self.is_live and self.live:
            print("\n".join(self.live), flush=True)
        self.live = []

    def clear(self):
        if self.is_live:
            sys.stdout.write(self.erasure())
            sys.stdout.flush()
        self.live = []


def bar(fraction):
    filled = round(BAR_WIDTH * min(1.0, max(0.0, fraction)))
    return "█" * filled + "░" * (BAR_WIDTH - filled)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
