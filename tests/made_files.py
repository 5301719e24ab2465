"""Files of every kind, made here: what a test says is in them is in them, and nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

LINES = (
    "The bridge over the Orle will not open before winter, the council",
    "said on Monday, because its eastern pillar has sunk by eleven centi-",
    "metres since the spring, which is more than was thought possible.",
    "Nobody was hurt.",
)


def pdf(pages: Sequence[Sequence[str]], **about: str) -> bytes:
    """A PDF of lines of text; a page without lines is empty, as a scan's is but for its picture."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = "".join(f"({line.replace('(', '').replace(')', '')}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 10 Tf 50 780 Td {shown}ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        page = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< {page} >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append("<< " + " ".join(f"/{name} ({value})" for name, value in about.items()) + " >>")
    return _with_table(objects)


def endless_pdf(depth: int = 12) -> bytes:
    """A PDF of 3 kB whose page draws a form ten times, which draws another ten times, and so on: 10 to the 12th lines of text."""
    forms = "<< /Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> /XObject << /X {} 0 R >> >>"
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /XObject << /X 6 0 R >> >> >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [5 0 R] /Count 1 >>"]
    objects += ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", _stream("<<", "/X Do " * 10), page]
    objects += [_stream(forms.format(7 + n), "/X Do " * 10) for n in range(depth)]
    return _with_table([*objects, _stream(forms.format(3), "BT /F1 10 Tf 50 780 Td (The bridge has sunk.) Tj ET"), "<< >>"])


def _stream(about: str, content: str) -> str:
    return f"{about} /Length {len(content)} >>\nstream\n{content}\nendstream"


def _with_table(objects: Sequence[str]) -> bytes:
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info {len(objects)} 0 R >>\n"
    return body + f"{end}startxref\n{len(body)}\n%%EOF".encode("latin-1")


def zipped(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def epub(chapters: Mapping[str, str], package: str = "") -> bytes:
    """An e-book of XHTML chapters, in order."""
    items = "".join(f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in chapters)
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    about = (
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The bridge</dc:title><dc:creator>Ana Núñez</dc:creator>'
        "<dc:publisher>The Courier</dc:publisher><dc:date>2019-03-04</dc:date><dc:language>en-GB</dc:language></metadata>"
    )
    opf = package or f'<package xmlns="http://www.idpf.org/2007/opf">{about}<manifest>{items}</manifest><spine>{spine}</spine></package>'
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    pages = {f"OEBPS/{name}.xhtml": text for name, text in chapters.items()}
    return zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OEBPS/book.opf": opf, **pages})


def docx(paragraphs: Sequence[tuple[str, str]], **about: object) -> bytes:
    """A Word document of (style, text); a style `Table` makes a row of cells that are divided by |."""
    import docx as word

    document = word.Document()
    for style, text in paragraphs:
        if style == "Table":
            cells = text.split("|")
            for cell, content in zip(document.add_table(1, len(cells)).rows[0].cells, cells, strict=True):
                cell.text = content
        else:
            document.add_paragraph(text, style=style)
    for name, value in {"title": "", "author": "", "language": "", **about}.items():
        setattr(document.core_properties, name, value)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def eml(text: str, html: str = "", attached: Mapping[str, bytes] | None = None, **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in {
        "Subject": "The bridge",
        "From": "Ana Núñez <ana@courier.example>",
        "Date": "Mon, 04 Mar 2019 10:00:00 +0100",
    }.items():
        message[name] = headers.get(name.lower(), value)
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in (attached or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def mhtml(page: str) -> bytes:
    head = 'From: <Saved by Blink>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="edge"\n\n'
    part = f'--edge\nContent-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n{page}\n--edge--\n'
    return (head + part).encode()
