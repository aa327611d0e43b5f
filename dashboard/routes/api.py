"""The JSON routes under /api: everything the page can do goes through them, so a script can do it too."""

from fastapi import APIRouter

from dashboard.routes import catalog, form, jobs, live, maps, published, published_logs, runs, start

router = APIRouter(prefix="/api")
for part in (catalog, start, form, jobs, published_logs, published, runs, live, maps):
    router.include_router(part.router)
