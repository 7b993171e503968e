"""An audit as a page that needs nothing else: what was found, and every tensor. Torch-free."""

from __future__ import annotations

import html

from engine.contracts.audit import KIND_TEXTS, Audit, Finding, TensorAudit

REMARK = "This is evidence about values. It does not prove that a file is harmless."


def as_html(audit: Audit, written: str = "") -> str:
    """The page. ``written``: by which program and when."""
    items = "".join(_finding(finding) for finding in audit.findings)
    nothing = (
        f"<p>Nothing but what quantizers do: {len(audit.tensors)} tensors, the configuration and the tokenizer.</p>"
    )
    return _PAGE.format(
        base=html.escape(audit.base),
        quantized=html.escape(audit.quantized),
        remark=REMARK,
        findings=(nothing if audit.is_clean else "") + (f"<ul>{items}</ul>" if items else ""),
        rows="".join(_row(tensor) for tensor in audit.tensors),
        written=html.escape(written),
    )


def _finding(finding: Finding) -> str:
    severity = finding.severity.capitalize()
    return f"<li class='{finding.severity}'><b>{severity}</b>: {html.escape(str(finding))}</li>"


def _row(tensor: TensorAudit) -> str:
    words = (tensor.name, tensor.format or "dense")
    nearest = "" if tensor.nearest is None else f"{tensor.nearest:.1%}"
    ratio = "" if tensor.ratio is None else f"{tensor.ratio:.2f}"
    numbers = (f"{tensor.bits:.2f}", f"{tensor.relative_error:.3g}", nearest, ratio)
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in (*words, *numbers, KIND_TEXTS[tensor.kind]))
    return f"<tr class='{tensor.kind}'>{cells}</tr>\n"


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Audit of {quantized}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
h1, p, li, td {{ overflow-wrap: anywhere }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #8884 }}
th:first-child, th:nth-child(2), th:last-child {{ text-align: left }}
td:first-child, td:nth-child(2), td:last-child {{ text-align: left }}
.error b, tr.outside td:last-child {{ color: #c33 }}
.warning b {{ color: #b60 }}
small {{ opacity: .7 }}
</style>
<h1>Audit</h1>
<p>Quantized: <b>{quantized}</b><br>Base: <b>{base}</b></p>
<p>{remark}</p>
<h2>Findings</h2>
{findings}
<h2>Tensors</h2>
<table><thead><tr><th>Tensor</th><th>Format</th><th>Bits</th><th>Relative error</th><th>Nearest codes</th>
<th>Error ratio</th><th>Values</th></tr></thead><tbody>
{rows}</tbody></table>
<p><small>Relative error: of the weights, against the base. Nearest codes: share of codes at the nearest level of
their scales. Error ratio: against rounding to nearest with the same scales.</small></p>
<p><small>{written}</small></p>
</html>
"""
