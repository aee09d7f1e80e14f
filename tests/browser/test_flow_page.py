"""The page of the flow diagram in a real browser: the box that is asked for is listed, and nothing is complained of."""

import re
import shutil
import subprocess

import pytest
from flow_figures import two_arms_updated
from scopeline.figures.flow_page import page
from scopeline.flow_data import members

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]

PROBE = """<script>addEventListener("load", () => setTimeout(() => {
  const said = [];
  const rows = () => [...document.querySelectorAll("#listing-rows tr")].map((row) => row.textContent).join("|");
  const box = document.querySelector('.drawing a[href="#members-excluded"]');
  box.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
  location.hash = "#members-identified";
  setTimeout(() => {
    said.push(document.getElementById("members-title").textContent, rows(), document.activeElement.id);
    const filter = document.getElementById("listing-filter");
    filter.value = "second";
    filter.dispatchEvent(new Event("input"));
    said.push(rows(), document.getElementById("listing-said").textContent);
    said.push(document.querySelectorAll('.drawing a[aria-current="true"]').length);
    said.push(document.documentElement.scrollWidth <= innerWidth);
    document.title = said.join(" ; ");
  }, 200);
}, 200));</script>"""


def browse(folder, *options):
    """Open a page: its document, and what the browser complained of."""
    call = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
            "--virtual-time-budget=4000", "--enable-logging=stderr", "--dump-dom"]  # fmt: skip
    return subprocess.run([*call, *options], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("width", [1280, 500])
def test_a_box_of_the_figure_opens_its_list(tmp_path, width):
    """The heading takes the focus, the list has the members with their titles, the filter narrows it, the page fits."""
    told, counted = two_arms_updated()
    frames = {name: members(counted, name) for name in counted.boxes}
    text = page(told, frames, names={"R1": "The first", "R2": "The second"})
    file = tmp_path / "flow.html"
    policy = re.search(r"script-src '[^']+'", text)[0]
    file.write_text(text.replace(policy, "script-src 'unsafe-inline'").replace("</body>", f"{PROBE}</body>"), "utf-8")
    done = browse(tmp_path, f"--window-size={width},900", file.as_uri())
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    title = re.search(r"<title>(.*?)</title>", done.stdout)[1]
    heading, rows, focus, narrowed, said, current, fits = title.split(" ; ")
    assert heading == "Records identified (n = 4)"
    assert rows == "R1The first|R2The second|R3|R4"
    assert focus == "members-title"
    assert (narrowed, said) == ("R2The second", "1 of 4")
    assert (current, fits) == ("1", "true")


def test_its_own_policy_lets_it_run(tmp_path):
    """As written, the page opens the box of its address and complains of nothing."""
    told, counted = two_arms_updated()
    file = tmp_path / "flow.html"
    file.write_text(page(told, {name: members(counted, name) for name in counted.boxes}), "utf-8")
    call = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
            "--virtual-time-budget=3000", "--enable-logging=stderr", "--dump-dom"]  # fmt: skip
    done = subprocess.run(
        [*call, f"{file.as_uri()}#members-other_reports_excluded"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert 'id="members-title" tabindex="-1">Reports excluded (other methods) (n = 1)<' in done.stdout
