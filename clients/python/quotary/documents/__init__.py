"""Quotes and invoices as people file them: one sheet, written as HTML or PDF."""

from quotary.documents.html import to_html
from quotary.documents.pdf import FontMissing, to_pdf
from quotary.documents.sheet import Sheet, invoice_sheet, quote_sheet

__all__ = ["FontMissing", "Sheet", "invoice_sheet", "quote_sheet", "to_html", "to_pdf"]
