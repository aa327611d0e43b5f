"""The page that asks for the token: one form, no script, nothing from elsewhere."""

from html import escape

from dashboard import texts

# The page needs nothing but its own style and one form.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"

_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
  body {{ max-width: 26rem; margin: 15vh auto 0; padding: 0 1rem; }}
  h1 {{ font-size: 1.3rem; }}
  label {{ display: block; font-weight: 600; }}
  input, button {{ box-sizing: border-box; width: 100%; padding: .6rem; margin: .3rem 0 .8rem; font: inherit; }}
  [role=alert] {{ border-left: 4px solid #d9480f; padding-left: .7rem; }}
</style>
<main>
  <h1>{heading}</h1>
  <p>{explanation}</p>
  {alert}
  <form method="post" action="{action}">
    <label for="token">{field}</label>
    <input id="token" name="token" type="password" required autofocus autocomplete="current-password">
    <button>{button}</button>
  </form>
</main>
</html>
"""


def page(language: str, action: str, wrong: bool) -> str:
    """Return the page as HTML; the form goes to `action`, and `wrong` says that the last token was not right."""
    sentences = {
        name: escape(texts.text(language, f"guard.{name}"))
        for name in ("title", "heading", "explanation", "field", "button")
    }
    alert = f'<p role="alert">{escape(texts.text(language, "guard.wrong"))}</p>' if wrong else ""
    return _PAGE.format(language=language, action=escape(action), alert=alert, **sentences)
