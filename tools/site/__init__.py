"""The documents as a site: `make site` builds it into `.site/html`.

One text for both places. The pages are written for a git host, so `tools.site.stage` copies them with each link turned
to where the site has its target, and `tools.site.check` follows every link of what was built. The generator has an
environment of its own, from `tools/site/requirements.lock`.
"""
