"""The pages in a real browser: they fit a phone, run under their own policy, open members, narrow lists, and print."""

import html
import json
import re
import shutil
import subprocess

import pytest
from report_evidence import VALIDATION, drawn, empty, evidence, hostile
from scopeline.issues import frame, issue
from scopeline.report.page import page
from scopeline.report.validation_page import validation_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]


def issues():
    """Two files, three rules, and a value that is long and without a blank."""
    told = {"table": "findings", "field": "direction", "expected": "benefit, harm"}
    return frame(
        [
            issue("not_allowed", "raw/charting.xlsx", sheet="findings", row=4, column=7, value="benefits" * 30, **told),
            issue("required", "raw/charting.xlsx", sheet="findings", row=5, column=7, **told),
            issue("key_twice", "raw/records.csv", row=9, column=0, value="R0001", key="R0001", **told),
        ]
    )


def validation():
    """The page of validation with issues and a row around one of them."""
    row = [(f"header {n}", "word " * 20) for n in range(10)]
    return validation_page(issues(), VALIDATION["files"], title="A small review", context={0: row})


PAGES = {
    "report": lambda: page(evidence()),
    "figures": lambda: page(drawn()),
    "screening alone": lambda: page(evidence(tables=["records", "votes"])),
    "hostile": lambda: page(hostile()),
    "empty": lambda: page(empty()),
    "validation": validation,
    "nothing to mend": lambda: validation_page(frame([]), [], title="A small review"),
}


@pytest.fixture
def browse(tmp_path):
    """Open a page and give back its document, and what the browser complained of."""

    def open_(text, *options, width=1280):
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        call = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
                f"--window-size={width},900", "--virtual-time-budget=4000", "--enable-logging=stderr"]  # fmt: skip
        done = subprocess.run(
            [*call, *options, file.as_uri()], capture_output=True, text=True, timeout=120, check=False
        )
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return open_


FRAME = """<!doctype html><title></title><body style="margin:0">
<iframe id="frame" style="border:0;width:{width}px;height:900px" {sandbox}
srcdoc="{text}"></iframe>
<script>
document.getElementById("frame").onload = (event) => {{
  const window = event.target.contentWindow;
  document.title = JSON.stringify(((document) => {{ {script} }})(window.document));
}};
</script>"""


@pytest.fixture
def ask(browse):
    """Open a page in a frame of a given width, with or without its script, and give back what `script` returns."""

    def run(text, script, width=1280, scripted=True):
        sandbox = "" if scripted else 'sandbox="allow-same-origin"'
        parts = {"width": width, "sandbox": sandbox, "text": html.escape(text), "script": script}
        document, said = browse(FRAME.format(**parts), "--dump-dom")
        assert [line for line in said if scripted or "sandbox" not in line] == []
        return json.loads(html.unescape(re.search(r"<title>(.*?)</title>", document, re.DOTALL)[1]))

    return run


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(ask, name, width):
    """At every width the document is as wide as the window; what is wider scrolls in its own box."""
    script = "return [window.innerWidth, document.documentElement.scrollWidth]"
    window, document = ask(PAGES[name](), script, width)
    assert window == width
    assert document <= window


@pytest.mark.parametrize("name", PAGES)
def test_the_script_runs_under_the_page_s_own_policy(browse, name):
    """With its policy in force the script runs, and the browser refuses nothing and asks for nothing."""
    document, said = browse(PAGES[name](), "--dump-dom")
    assert re.search(r'<html [^>]*class="js"', document)
    assert said == []


def test_without_a_script_everything_is_there(ask):
    """With JavaScript off nothing is offered that does not work, what folds opens, and the switch of the map works."""
    script = """
      const seen = (what) => [...document.querySelectorAll(what)].filter(e => e.offsetParent).length;
      document.querySelectorAll('details').forEach(part => { part.open = true; });
      const folded = seen('.as-list dd');
      document.getElementById('show-comparative').click();
      const scripted = document.documentElement.classList.contains('js');
      return [scripted, seen('.needs-script'), folded, seen('#studies-table tr'),
              seen('.evidence.comparative') > 0, seen('.evidence.uncontrolled')];
    """
    assert ask(page(evidence()), script, scripted=False) == [False, 0, 5, 4, True, 0]


def test_a_number_opens_its_members(ask):
    """The panel names the set, its size and unit, its csv and its members, and puts the reader at its title."""
    script = """
      document.querySelector('[data-box-row=screened] [data-set]').click();
      const panel = document.getElementById('panel');
      const words = (what) => panel.querySelector(what).textContent;
      return [panel.open, document.activeElement.id, words('h2'), words('p'),
              document.getElementById('panel-csv').getAttribute('href'),
              [...panel.querySelectorAll('#panel-list > li .id')].map(e => e.textContent), words('.name')];
    """
    opened = ask(page(evidence()), script)
    assert opened[:3] == [True, "panel-title", "Records screened"]
    assert opened[3].startswith("5 records.")
    assert opened[4:] == ["prisma/boxes/screened.csv", ["R1", "R2", "R3", "R4", "R5"], "First record; 2019"]


def test_a_box_of_the_drawing_opens_its_members(ask):
    """The figure is a way in as well."""
    script = """
      const drawn = document.querySelector('.drawing [data-box=screened] text');
      drawn.dispatchEvent(new MouseEvent('click', {bubbles: true}));
      return document.querySelector('#panel h2').textContent;
    """
    assert ask(page(evidence()), script) == "Records screened"


def test_a_mark_of_a_figure_opens_its_studies(ask):
    """A click on a mark lists its studies under its words, with the csv of its figure; so do the keys."""
    script = """
      const marks = [...document.querySelectorAll('#figure-evidence_map_design [data-csv] [data-ids]')];
      const title = (mark) => mark.querySelector('title').textContent;
      const panel = document.getElementById('panel');
      const told = () => [panel.querySelector('h2').textContent, document.getElementById('panel-csv').textContent,
        [...panel.querySelectorAll('#panel-list > li .id')].map(e => e.textContent).join('; ')];
      marks[1].dispatchEvent(new MouseEvent('click', {bubbles: true}));
      const clicked = told(), first = [title(marks[1]), 'evidence_map_design.csv', marks[1].dataset.ids];
      panel.close();
      const press = (key) => document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
      marks[0].focus();
      press('ArrowRight');
      const moved = document.activeElement === marks[1];
      const stops = marks.slice(0, 3).map(mark => mark.getAttribute('tabindex'));
      press('Enter');
      return [clicked, first, moved, stops.filter(order => order === '0').length, panel.open, told()];
    """
    clicked, first, moved, stops, is_open, pressed = ask(page(drawn()), script)
    assert clicked == first == pressed
    assert (moved, stops, is_open) == (True, 1, True)


def test_figures_do_not_widen_the_page(ask):
    """On a phone a picture scrolls in its own frame."""
    script = """
      document.querySelectorAll('details').forEach(part => { part.open = true; });
      const frames = [...document.querySelectorAll('.drawn .drawing')];
      return [document.documentElement.scrollWidth <= window.innerWidth, frames.length > 4,
              frames.every(frame => frame.clientWidth <= document.documentElement.clientWidth)];
    """
    assert ask(page(drawn()), script, width=390) == [True, True, True]


def test_a_cell_leads_to_its_studies_and_their_rows(ask):
    """From a cell of the map to its studies with their findings, and on to the row of a study, which is then seen."""
    script = """
      const cell = document.querySelector('.map .evidence[aria-label^="Comparative, Migraine, pain"]');
      cell.click();
      const item = document.querySelector('#panel-list > li');
      const said = item.textContent;
      item.querySelector('a').addEventListener('click', (event) => event.preventDefault());
      item.querySelector('a').click();
      const row = document.getElementById(item.querySelector('a').hash.slice(1));
      return [said, document.getElementById('panel').open, row.textContent.includes('Able2020')];
    """
    said, still_open, found = ask(page(evidence()), script)
    assert "▲ benefit, comparative" in said
    assert "raw/charting.xlsx › findings!F2" in said
    assert (still_open, found) == (False, True)


def test_the_switch_shows_one_kind_of_evidence(ask):
    """With one kind chosen, marks of the others are gone from every cell."""
    script = """
      document.getElementById('show-uncontrolled').click();
      const marks = (kind) => [...document.querySelectorAll('.map .evidence.' + kind)];
      const seen = (kind) => marks(kind).filter(e => e.offsetParent).length;
      return [seen('comparative'), seen('uncontrolled'), seen('other')];
    """
    comparative, uncontrolled, other = ask(page(evidence()), script)
    assert (comparative, other) == (0, 0)
    assert uncontrolled > 0


def test_studies_are_found_and_sorted(ask):
    """A word narrows the table; a header sorts it by number, with missing values last, whichever way."""
    script = """
      const box = document.getElementById('studies-filter');
      const ids = () => [...document.querySelectorAll('#studies-table tbody tr')].filter(r => !r.hidden)
        .map(r => r.querySelector('strong').textContent);
      const year = [...document.querySelectorAll('#studies-table .sort')].find(b => b.textContent === 'Year');
      year.click(); const up = ids();
      year.click(); const down = ids();
      box.value = 'series'; box.dispatchEvent(new Event('input'));
      return [up, down, ids(), document.getElementById('studies-said').textContent];
    """
    assert ask(page(evidence()), script) == [
        ["Able2020", "Baker2021", "Cole2022"],
        ["Baker2021", "Able2020", "Cole2022"],
        ["Baker2021"],
        "1 of 3 studies",
    ]


def test_hostile_texts_bring_nothing_into_the_document(ask):
    """Also in the panel, where the script writes them, hostile texts stay texts."""
    script = """
      const panel = document.getElementById('panel');
      document.querySelectorAll('button[data-set]').forEach(button => { button.click(); panel.close(); });
      document.querySelector('[data-box-row=identified] [data-set]').click();
      const shown = document.querySelector('#panel-list .id').textContent;
      return [document.querySelectorAll('img').length, document.scripts.length, shown];
    """
    images, scripts, shown = ask(page(hostile()), script)
    assert (images, scripts) == (0, 2)
    assert shown.startswith("</script><script>")


def test_issues_are_narrowed(ask):
    """Text, severity, file and rule narrow the issues together, and the page says how many are left."""
    script = """
      const left = () => [...document.querySelectorAll('.issues > li')].filter(e => e.offsetParent).length;
      const set = (id, value) => {
        const control = document.getElementById(id);
        control.value = value;
        control.dispatchEvent(new Event('input'));
      };
      const counts = [left()];
      set('of-file', 'file-1'); counts.push(left());
      set('of-rule', 'required'); counts.push(left());
      set('find', 'H5'); counts.push(left());
      set('find', 'nowhere'); counts.push(left());
      return [...counts, document.getElementById('said').textContent];
    """
    assert ask(validation(), script) == [3, 2, 1, 1, 0, "0 of 3"]


def test_it_prints(browse, tmp_path):
    """The report becomes a document of some pages."""
    target = tmp_path / "report.pdf"
    browse(page(evidence()), f"--print-to-pdf={target}")
    assert target.read_bytes().startswith(b"%PDF")
