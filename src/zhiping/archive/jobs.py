"""Jobs that pack records and check stored packages."""

from django.utils import timezone
from django_tasks import task

from zhiping.archive.actions import fixity, packing
from zhiping.archive.models import Package, Packing
from zhiping.ledger.act import Act


@task()
def make_packages(packing_id: str) -> None:
    """Pack a record, unless that is done already."""
    request = Packing.objects.select_related("by").get(pk=packing_id)
    packing.make_packages(Act.clock(timezone.now()), request)


@task()
def check_packages() -> None:
    """Check the packages whose last check is old."""
    fixity.check_packages(Act.clock(timezone.now()))


@task()
def check_package(package_id: str) -> None:
    """Check one package."""
    package = Package.objects.select_related("evaluation__platform", "evaluation__record__organisation")
    fixity.check_package(Act.clock(timezone.now()), package.get(pk=package_id))
