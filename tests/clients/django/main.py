#!/usr/bin/python3
"""Django over PyMySQL against the server: see the README of tests/clients for what each program covers."""

import datetime
import decimal
import io
import os
import pathlib
import sys
import types
import uuid

import pymysql

pymysql.version_info = (1, 4, 6, "final", 0)  # of the driver that Django expects, whose place PyMySQL takes
pymysql.install_as_MySQLdb()

import django  # noqa: E402
from django.conf import settings  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from reporting import Report, equal, raises  # noqa: E402

DATABASE = "client_django"
report = Report()


def execute(text):
    connection = pymysql.connect(host=os.environ["SLUICE_HOST"], port=int(os.environ["SLUICE_PORT"]), user="root", autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute(text)
    connection.close()


# The models below belong to an application that has no other file.
application = types.ModuleType("library")
application.__path__ = [str(pathlib.Path(__file__).resolve().parent)]
sys.modules["library"] = application

execute(f"drop database if exists {DATABASE}")
execute(f"create database {DATABASE} character set utf8mb4 collate utf8mb4_general_ci")
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.mysql", "NAME": DATABASE, "USER": "root", "HOST": os.environ["SLUICE_HOST"],
                           "PORT": os.environ["SLUICE_PORT"], "OPTIONS": {"charset": "utf8mb4", "init_command": "SET sql_mode='STRICT_TRANS_TABLES'"}}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.admin", "django.contrib.messages", "library"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True, SECRET_KEY="a key of these tests",
)
django.setup()

from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import IntegrityError, connection, models, transaction  # noqa: E402


class Shelf(models.Model):
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        app_label = "library"


class Volume(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="volumes")
    key = models.UUIDField(default=uuid.uuid4)
    title = models.CharField(max_length=100, db_index=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    pages = models.PositiveIntegerField(default=0)
    printed = models.DateField(null=True)
    seen = models.DateTimeField(null=True)
    takes = models.DurationField(null=True)
    body = models.TextField(blank=True)
    raw = models.BinaryField(null=True)
    extra = models.JSONField(default=dict)

    class Meta:
        app_label = "library"
        indexes = [models.Index(fields=["shelf", "-pages"], name="volume_shelf_pages")]
        constraints = [models.UniqueConstraint(fields=["shelf", "title"], name="volume_shelf_title")]


def check_migrations():
    """All migrations of Django's own applications: dozens of schema changes."""
    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)
    tables = connection.introspection.table_names()
    equal("auth_user" in tables and "django_admin_log" in tables, True)
    equal(Permission.objects.filter(content_type__app_label="auth").count(), 12)


def check_accounts():
    user = User.objects.create_user("ada", "ada@example.org", "secret ä😀")
    equal(User.objects.get(username="ada").check_password("secret ä😀"), True)
    group = Group.objects.create(name="writers")
    group.permissions.set(Permission.objects.all()[:5])
    user.groups.add(group)
    equal(len(user.get_group_permissions()), 5)
    with transaction.atomic():
        raises(IntegrityError, lambda: with_savepoint(lambda: User.objects.create_user("ada")))
        User.objects.create_user("bob")
    equal(User.objects.count(), 2)


def with_savepoint(body):
    with transaction.atomic():
        body()


def check_schema():
    """Every kind of change that a migration makes."""
    with connection.schema_editor() as editor:
        editor.create_model(Shelf)
        editor.create_model(Volume)
    added = models.IntegerField(null=True, default=7)
    added.set_attributes_from_name("added")
    indexed = models.IntegerField(null=True, default=7, db_index=True)
    indexed.set_attributes_from_name("added")
    wide = models.BigIntegerField(null=True)
    wide.set_attributes_from_name("added")
    renamed = models.BigIntegerField(null=True)
    renamed.set_attributes_from_name("renamed")
    with connection.schema_editor() as editor:
        editor.add_field(Shelf, added)
        editor.alter_field(Shelf, added, indexed)
        editor.alter_field(Shelf, indexed, wide)
        editor.alter_field(Shelf, wide, renamed)
        editor.remove_field(Shelf, renamed)
        editor.add_index(Shelf, models.Index(fields=["name", "id"], name="shelf_both"))
        editor.remove_index(Shelf, models.Index(fields=["name", "id"], name="shelf_both"))
        longer = models.CharField(max_length=80, unique=True)
        longer.set_attributes_from_name("name")
        longer.model = Shelf
        editor.alter_field(Shelf, Shelf._meta.get_field("name"), longer)
        editor.alter_db_table(Shelf, "library_shelf", "library_shelves")
        editor.alter_db_table(Shelf, "library_shelves", "library_shelf")


def check_introspection():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "library_volume")
        equal(sorted(name for name, found in constraints.items() if found["unique"]), ["PRIMARY", "volume_shelf_title"])
        relations = connection.introspection.get_relations(cursor, "library_volume")
        equal(relations, {"shelf_id": ("id", "library_shelf")})
    output = io.StringIO()
    call_command("inspectdb", "library_volume", "library_shelf", stdout=output)
    text = output.getvalue()
    for part in ("models.CharField(max_length=100)", "models.DecimalField(max_digits=10, decimal_places=2", "models.ForeignKey('LibraryShelf'",
                 "models.JSONField()", "unique_together = (('shelf', 'title'),)"):
        if part not in text:
            raise AssertionError(f"{part} is not in {text[-1500:]}")


def check_objects():
    shelves = [Shelf.objects.create(name=f"shelf {number}") for number in range(3)]
    seen = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=datetime.timezone.utc)
    first = Volume.objects.create(
        shelf=shelves[0], title="ä😀", price=decimal.Decimal("12.34"), pages=7, printed=datetime.date(2024, 2, 29), seen=seen,
        takes=datetime.timedelta(days=3, microseconds=5), body="it's \\ \"quoted\"", raw=b"\x00\xff'\\", extra={"a": [1, None, "ä😀"], "b": {"c": True}})
    read = Volume.objects.get(pk=first.pk)
    for field in Volume._meta.fields:
        equal(getattr(read, field.attname), getattr(first, field.attname), field.name)
    Volume.objects.bulk_create([Volume(shelf=shelves[number % 3], title=f"volume {number}", pages=number, price=number) for number in range(200)])
    volumes = Volume.objects.filter(pages__gte=10, title__startswith="volume", shelf__name__in=["shelf 0", "shelf 1"])
    equal(volumes.count(), 127)
    totals = Shelf.objects.annotate(count=models.Count("volumes"), most=models.Max("volumes__pages"), mean=models.Avg("volumes__price")).order_by("name")
    equal([(shelf.name, shelf.count, shelf.most) for shelf in totals], [("shelf 0", 68, 198), ("shelf 1", 67, 199), ("shelf 2", 66, 197)])
    equal(Volume.objects.filter(extra__b__c=True).count(), 1)
    equal(Volume.objects.filter(extra__a__0=1).count(), 1)
    equal(Volume.objects.filter(extra__has_key="a").count(), 1)
    equal(Volume.objects.filter(printed__year=2024, seen__date=datetime.date(2024, 2, 29)).count(), 1)
    equal(Volume.objects.exclude(title__icontains="VOLUME").count(), 1)
    equal(Volume.objects.filter(title__regex="^volume 1[0-9]$").count(), 10)
    equal(Volume.objects.update(pages=models.F("pages") + 1), 201)
    equal(Volume.objects.filter(pk__in=Volume.objects.filter(pages__gt=100).values("pk")).count(), 100)
    latest = Volume.objects.filter(shelf=models.OuterRef("pk")).order_by("-pages").values("title")[:1]
    equal(Shelf.objects.annotate(latest=models.Subquery(latest)).get(name="shelf 1").latest, "volume 199")
    equal(len(Volume.objects.select_related("shelf").prefetch_related("shelf__volumes").order_by("pk")[50:60]), 10)
    with transaction.atomic():
        equal(Volume.objects.select_for_update(nowait=True).get(pk=first.pk).title, "ä😀")
    equal(Shelf.objects.get_or_create(name="shelf 0")[1], False)
    equal(Shelf.objects.update_or_create(name="shelf 9")[1], True)
    Volume.objects.bulk_create([Volume(shelf=shelves[0], title="volume 0", pages=1)], ignore_conflicts=True)
    many = list(Volume.objects.all())
    for volume in many:
        volume.pages = 1
    Volume.objects.bulk_update(many, ["pages"], batch_size=100)
    equal(Volume.objects.aggregate(models.Sum("pages")), {"pages__sum": 201})
    equal(shelves[0].delete()[0], 69)
    equal([value.strftime("%Y-%m") for value in Volume.objects.dates("printed", "month")], [])


def main():
    for name, function in (("migrations", check_migrations), ("accounts", check_accounts), ("schema", check_schema), ("introspection", check_introspection),
                           ("objects", check_objects)):
        report.check(name, function)
    report.check("flush", lambda: call_command("flush", interactive=False, verbosity=0))
    report.finish()


main()
