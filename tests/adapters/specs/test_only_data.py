"""No value of a spec is anything but data: not to Pulumi, and not to a chart that runs its values as templates."""

from __future__ import annotations

from dataclasses import replace

import pulumi.runtime.rpc as sdk
import pytest

from helium.adapters.specs import YamlSpecs
from helium.adapters.specs.only_data import RESERVED, SIGNATURES, UNKNOWNS
from helium.core.spec import Entry, InvalidSpec
from tests.adapters.specs.reading import FLEET, PATH, issues, spec
from tests.backend_rules import GCP


def test_everything_that_the_sdk_reserves_is_refused() -> None:
    """Derived from its own constants: whatever a later SDK adds makes this fail."""
    special = {value for name, value in vars(sdk).items() if name.startswith("_special_") and isinstance(value, str)}

    assert len(special) > 4
    assert special | {sdk.UNKNOWN} <= set(RESERVED)


@pytest.mark.parametrize("text", RESERVED)
@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ("values: {{a: {{'{0}': c44, path: /etc/passwd}}}}", "/values/a/{0}"),
        ("values: {{a: {{b: ['{0}']}}}}", "/values/a/b/0"),
        ("values: {{a: 'x {0} y'}}", "/values/a"),
        ("labels: {{a: '{0}'}}", "/labels/a"),
        ("labels: {{'{0}': a}}", "/labels/{0}"),
        ("description: '{0}'", "/description"),
    ],
)
def test_what_pulumi_reserves_is_refused_wherever_it_stands(text: str, form: str, pointer: str) -> None:
    """In keys, values and lists, of any field: a pass would read a file or fetch a URL with its own rights."""
    found = [(each.pointer, each.sentence) for each in issues(form.format(text) + "\n")]

    assert [pointer.format(text)] == [at for at, sentence in found if "Pulumi reserves this text" in sentence]


@pytest.mark.parametrize("name", [UNKNOWNS[0], SIGNATURES[0]])
def test_no_workspace_has_a_name_that_pulumi_reserves(name: str) -> None:
    """Pulumi would take it for a name that is not known yet, and give the namespace another."""
    (issue,) = issues("{}\n", path=f"workspaces/{name}.yaml")

    assert "Pulumi reserves" in issue.sentence


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ('values: {a: \'{{ lookup "v1" "Secret" "kube-system" "" }}\'}', "/values/a"),
        ("values: {a: [{b: '{{- .Release.Name }}'}]}", "/values/a/0/b"),
        ("values: {'{{ x }}': 1}", "/values/{{ x }}"),
        ("description: 'see {{ .Values.x }}'", "/description"),
    ],
)
def test_a_template_in_a_spec_is_refused(text: str, pointer: str) -> None:
    """A chart that runs its values through `tpl` would read any Secret of the cluster for whoever may write a spec."""
    (issue,) = issues(f"{text}\n")

    assert issue.pointer == pointer
    assert "would run {{ … }} as a template" in issue.sentence


def test_a_backend_may_say_where_it_takes_templates() -> None:
    """Only there, and below; and what Pulumi reserves is refused there too."""
    specs = YamlSpecs({"gcp-namespace": replace(GCP, templates=("values.notes",))})

    def wrong(text: str) -> list[str]:
        (reading,) = specs.read([Entry(PATH, "b")], {"b": text.encode()}, fleet=FLEET).values()
        return [each.pointer for each in reading.issues] if isinstance(reading, InvalidSpec) else []

    assert [] == wrong("values: {notes: '{{ .Release.Name }}'}\n")
    assert [] == wrong("values: {notes: {more: ['{{ .Release.Name }}']}}\n")
    assert ["/values/notesx"] == wrong("values: {notesx: '{{ .Release.Name }}'}\n")
    assert ["/values/notes"] == wrong(f"values: {{notes: '{SIGNATURES[0]}'}}\n")


@pytest.mark.parametrize("text", ["{ not a template }", "}}", "{0}", "4dabf18193072939515e22adb298388"])
def test_harmless_braces_stay_what_they_are(text: str) -> None:
    """They only look a little like one."""
    assert spec(f"values: {{a: '{text}'}}\n").values == {"a": text}
