#!/usr/bin/python3
"""SQLAlchemy over PyMySQL against the server: see the README of tests/clients for what each program covers."""

import datetime
import decimal
import enum
import os
import pathlib
import sys

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from reporting import Report, equal, raises  # noqa: E402

DATABASE = "client_sqlalchemy"
report = Report()
Base = orm.declarative_base()


class Mood(enum.Enum):
    HAPPY = 1
    SAD = 2


class Author(Base):
    __tablename__ = "author"
    __table_args__ = (sa.UniqueConstraint("email", name="author_email"), sa.Index("author_name_born", "name", "born"), {"comment": "who writes"})
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False, comment="in full")
    email = sa.Column(sa.String(100))
    born = sa.Column(sa.Date)
    balance = sa.Column(sa.Numeric(12, 4), nullable=False, default=0)
    mood = sa.Column(sa.Enum(Mood))
    is_active = sa.Column(sa.Boolean, nullable=False, server_default=sa.text("1"))
    notes = sa.Column(sa.Text)
    picture = sa.Column(sa.LargeBinary)
    attributes = sa.Column(sa.JSON)
    created_at = sa.Column(mysql.DATETIME(fsp=6), server_default=sa.text("current_timestamp(6)"))
    changed_at = sa.Column(sa.TIMESTAMP, server_default=sa.text("current_timestamp on update current_timestamp"))
    name_length = sa.Column(sa.Integer, sa.Computed("char_length(name)", persisted=True))
    books = orm.relationship("Book", back_populates="author", order_by="Book.id", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "book"
    id = sa.Column(sa.BigInteger, primary_key=True)
    title = sa.Column(mysql.VARCHAR(200, collation="utf8mb4_general_ci"), nullable=False)
    author_id = sa.Column(sa.Integer, sa.ForeignKey("author.id", name="book_author", ondelete="CASCADE"), nullable=False)
    price = sa.Column(sa.Float(53))
    author = orm.relationship("Author", back_populates="books")


def url(database):
    return sa.engine.URL.create("mysql+pymysql", "app", "pass word é".encode().decode("latin1"), os.environ["SLUICE_HOST"], int(os.environ["SLUICE_PORT"]),
                                database, {"charset": "utf8mb4"})


def check_create(engine):
    Base.metadata.create_all(engine)
    Base.metadata.create_all(engine)  # finds that all is there
    with engine.begin() as connection:
        connection.execute(sa.text("create view author_names as select id, name from author"))


def check_inspection(engine):
    inspector = sa.inspect(engine)
    equal(sorted(inspector.get_table_names()), ["author", "book"])
    equal(inspector.get_view_names(), ["author_names"])
    equal("author" in inspector.get_view_definition("author_names"), True)
    equal(DATABASE in inspector.get_schema_names(), True)
    columns = {column["name"]: column for column in inspector.get_columns("author")}
    equal(list(columns), [column.name for column in Author.__table__.columns])
    equal(str(columns["balance"]["type"]), "DECIMAL(12, 4)")
    equal((columns["id"]["nullable"], columns["id"]["autoincrement"], columns["email"]["nullable"]), (False, True, True))
    equal(columns["name"]["comment"], "in full")
    equal(columns["mood"]["type"].enums, ["HAPPY", "SAD"])
    equal(columns["created_at"]["type"].fsp, 6)
    equal("computed" in columns["name_length"], True)
    equal(inspector.get_pk_constraint("author")["constrained_columns"], ["id"])
    equal(inspector.get_unique_constraints("author")[0]["name"], "author_email")
    equal(sorted(index["name"] for index in inspector.get_indexes("author")), ["author_email", "author_name_born"])
    equal(inspector.get_foreign_keys("book"), [
        {"name": "book_author", "constrained_columns": ["author_id"], "referred_schema": None, "referred_table": "author", "referred_columns": ["id"],
         "options": {"ondelete": "CASCADE"}}])
    equal(inspector.get_table_comment("author"), {"text": "who writes"})
    equal((inspector.has_table("author"), inspector.has_table("absent")), (True, False))


def check_reflection(engine):
    """What is reflected can be made again elsewhere, and reflects the same."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    equal(sorted(metadata.tables), ["author", "book"])
    with engine.begin() as connection:
        connection.execute(sa.text(f"create database {DATABASE}_copy"))
    copy = sa.create_engine(url(f"{DATABASE}_copy"))
    # The index of a foreign key comes with it.
    metadata.tables["book"].indexes.clear()
    metadata.create_all(copy)
    again = sa.MetaData()
    again.reflect(copy)
    for name, table in metadata.tables.items():
        equal([repr(column.type) for column in again.tables[name].columns], [repr(column.type) for column in table.columns], name)
    equal(sorted(index.name for index in again.tables["author"].indexes), ["author_email", "author_name_born"])
    equal(sorted(index.name for index in again.tables["book"].indexes), ["book_author"])
    again.drop_all(copy)
    copy.dispose()


def check_objects(engine):
    session_of = orm.sessionmaker(engine, future=True)
    born = datetime.date(1815, 12, 10)
    with session_of.begin() as session:
        ada = Author(name="Ada", email="ada@example.org", born=born, balance=decimal.Decimal("12.3456"), mood=Mood.HAPPY, notes="ä😀", picture=b"\x00\xff'\\",
                     attributes={"tags": ["a", None, 1.5]}, books=[Book(title="Notes", price=1.25), Book(title="More notes")])
        session.add(ada)
        session.add_all([Author(name=f"Author {number}", email=f"{number}@example.org") for number in range(50)])
    with session_of() as session:
        ada = session.execute(sa.select(Author).where(Author.email == "ada@example.org")).scalar_one()
        equal((ada.name, ada.born, ada.balance, ada.mood, ada.notes, ada.picture), ("Ada", born, decimal.Decimal("12.3456"), Mood.HAPPY, "ä😀", b"\x00\xff'\\"))
        equal((ada.attributes, ada.is_active, ada.name_length), ({"tags": ["a", None, 1.5]}, True, 3))
        equal(isinstance(ada.created_at, datetime.datetime), True)
        equal([book.title for book in ada.books], ["Notes", "More notes"])
        ada.books.pop()
        ada.balance += 1
        ada.attributes = {"tags": []}
        session.commit()
        equal(session.scalar(sa.select(sa.func.count()).select_from(Book)), 1)
        equal(session.scalar(sa.select(Author.attributes["tags"]).where(Author.id == ada.id)), [])
        eager = session.execute(sa.select(Author).options(orm.selectinload(Author.books), orm.joinedload(Author.books)).order_by(Author.id)).unique().scalars().all()
        equal((len(eager), len(eager[0].books)), (51, 1))
        pages = session.execute(sa.select(Author.name).order_by(Author.id).limit(5).offset(10)).scalars().all()
        equal(pages, [f"Author {number}" for number in range(9, 14)])
        session.add(Author(name="Twin", email="ada@example.org"))
        error = raises(sa.exc.IntegrityError, session.flush)
        equal(error.orig.args[0], 1062)
        session.rollback()
        locked = session.execute(sa.select(Author).where(Author.id == ada.id).with_for_update(nowait=True)).scalar_one()
        with session.begin_nested() as point:
            locked.name = "Changed"
            session.flush()
            point.rollback()
        session.commit()
        equal(session.get(Author, ada.id).name, "Ada")
        session.delete(session.get(Author, ada.id))
        session.commit()
        equal(session.scalar(sa.select(sa.func.count()).select_from(Book)), 0)


def check_statements(engine):
    with engine.begin() as connection:
        insert = mysql.insert(Author).values(name="New", email="0@example.org")
        result = connection.execute(insert.on_duplicate_key_update(name=insert.inserted.name, notes="seen"))
        equal(result.rowcount, 2)
        equal(connection.scalar(sa.select(Author.name).where(Author.email == "0@example.org")), "New")
        # The dialect counts matched rows.
        equal(connection.execute(sa.update(Author).where(Author.email.like("1%")).values(is_active=True)).rowcount, 11)
        equal(connection.execute(sa.delete(Author).where(Author.email.in_(["1@example.org", "2@example.org"]))).rowcount, 2)
        ranked = sa.select(sa.func.group_concat(Author.name.op("ORDER BY")(Author.id.desc())), sa.func.sum(Author.balance)).where(Author.id < 5)
        equal(len(connection.execute(ranked).all()), 1)
        numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
        numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < 100))
        equal(int(connection.scalar(sa.select(sa.func.sum(numbers.c.n)))), 5050)
        equal(connection.scalar(sa.select(sa.exists().where(Author.email == "3@example.org"))), True)
        equal(connection.execute(sa.text("select :a + 1 as b"), {"a": 1}).mappings().all(), [{"b": 2}])
    for level in ("READ COMMITTED", "REPEATABLE READ", "AUTOCOMMIT"):
        with engine.connect().execution_options(isolation_level=level) as connection:
            connection.execute(sa.text("select 1"))
            if level != "AUTOCOMMIT":
                equal(connection.get_isolation_level(), level)


def check_pool(engine):
    """A connection that the server has ended is replaced without an error."""
    with engine.connect() as connection:
        identity = connection.scalar(sa.text("select connection_id()"))
    killer = sa.create_engine(url(None))
    with killer.connect() as connection:
        connection.execute(sa.text(f"kill {identity}"))
    killer.dispose()
    with engine.connect() as connection:
        equal(connection.scalar(sa.text("select connection_id()")) != identity, True)


def main():
    admin = sa.create_engine(url(None))
    with admin.begin() as connection:
        for name in (DATABASE, f"{DATABASE}_copy"):
            connection.execute(sa.text(f"drop database if exists {name}"))
        connection.execute(sa.text(f"create database {DATABASE}"))
    engine = sa.create_engine(url(DATABASE), pool_pre_ping=True, pool_size=1)
    for name, function in (("create", check_create), ("inspection", check_inspection), ("reflection", check_reflection), ("objects", check_objects),
                           ("statements", check_statements), ("pool", check_pool)):
        report.check(name, function, engine)
    report.check("drop", Base.metadata.drop_all, engine)
    report.finish()


main()
