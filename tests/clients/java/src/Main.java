// MariaDB Connector/J against the server: see the README of tests/clients for what each program covers.

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeSet;

public final class Main {
  private static final String DATABASE = "client_java";
  private static final int LARGE = 16 * 1024 * 1024 + 5;  // more than one packet holds
  private static final HexFormat HEX = HexFormat.of();
  private static int failures = 0;

  interface Body {
    void run() throws Exception;
  }

  static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok " + name);
    } catch (Exception | AssertionError problem) {
      failures++;
      String text = String.valueOf(problem);
      int line = Arrays.stream(problem.getStackTrace()).filter(frame -> frame.getClassName().startsWith("Main")).mapToInt(StackTraceElement::getLineNumber)
          .findFirst().orElse(0);
      System.out.println("failed " + name + ": " + text.substring(0, Math.min(600, text.length())).replace('\n', ' ') + " (line " + line + ")");
    }
  }

  static void equal(Object actual, Object expected, String what) {
    if (!Objects.deepEquals(actual, expected)) throw new AssertionError(what + ": " + shown(actual) + " instead of " + shown(expected));
  }

  static String shown(Object value) {
    return value instanceof byte[] bytes ? "x'" + HEX.formatHex(bytes) + "'" : String.valueOf(value);
  }

  static SQLException fails(Body body, int number, String state) throws Exception {
    try {
      body.run();
    } catch (SQLException error) {
      equal(error.getErrorCode() + " " + error.getSQLState(), number + " " + state, error.getMessage());
      return error;
    }
    throw new AssertionError("no error " + number);
  }

  static Connection connect(String database, String... options) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "root");
    properties.setProperty("allowMultiQueries", "true");
    properties.setProperty("connectionTimeZone", "UTC");
    properties.setProperty("forceConnectionTimeZoneToSession", "true");
    for (String option : options) properties.setProperty(option.split("=", 2)[0], option.split("=", 2)[1]);
    return DriverManager.getConnection(
        "jdbc:mariadb://" + System.getenv("SLUICE_HOST") + ":" + System.getenv("SLUICE_PORT") + "/" + database, properties);
  }

  static int run(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(text);
    }
  }

  static Object value(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(text)) {
      if (!rows.next()) throw new AssertionError("no row: " + text);
      return rows.getObject(1);
    }
  }

  static long number(Connection connection, String text) throws SQLException {
    return ((Number) value(connection, text)).longValue();
  }

  // --- types

  /** One line of the table of cases, which `run` writes as tab-separated fields: name, type, kind, values in UTF-8 hexadecimal or NULL. */
  record Case(String name, String type, String kind, List<String> values) {
    static Case parse(String line) {
      String[] fields = line.split("\t");
      List<String> values = new ArrayList<>();
      for (int i = 3; i < fields.length; i++) {
        values.add(fields[i].equals("NULL") ? null : new String(HEX.parseHex(fields[i].substring(2)), StandardCharsets.UTF_8));
      }
      return new Case(fields[0], fields[1], fields[2], values);
    }

    String literal(String text) {
      if (text == null) return "NULL";
      return switch (kind) {
        case "integer", "decimal", "float" -> text;
        case "bytes", "bit" -> "x'" + text + "'";
        default -> "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
      };
    }

    Object parameter(String text) {
      if (text == null) return null;
      return switch (kind) {
        case "integer" -> text.length() < 19 ? (Object) Long.valueOf(text) : (Object) new BigInteger(text);
        case "year" -> Integer.valueOf(text);
        case "decimal" -> new BigDecimal(text);
        case "float" -> Double.valueOf(text);
        case "bytes", "bit" -> HEX.parseHex(text);
        case "date" -> LocalDate.parse(text);
        case "datetime" -> LocalDateTime.parse(text.replace(' ', 'T'));
        default -> text;
      };
    }

    /** What a column of the result holds, in the form of the table. */
    void same(ResultSet rows, String text, String what) throws SQLException {
      Object due = text;
      Object read;
      if (text == null) {
        read = rows.getObject(1);
        equal(read, null, what);
        equal(rows.wasNull(), true, what);
        return;
      }
      switch (kind) {
        case "integer" -> {
          read = rows.getObject(1, BigInteger.class).toString();
          if (type.equals("bool")) read = rows.getBoolean(1) ? "1" : "0";
        }
        case "year" -> {
          read = rows.getInt(1);
          due = Integer.valueOf(text);
        }
        case "decimal" -> read = rows.getBigDecimal(1).toPlainString();
        case "float" -> {
          read = type.equals("float") ? (Object) rows.getFloat(1) : (Object) rows.getDouble(1);
          due = type.equals("float") ? (Object) Float.valueOf(text) : (Object) Double.valueOf(text);
        }
        case "bytes", "bit" -> {
          read = rows.getBytes(1);
          due = HEX.parseHex(text);
        }
        case "date" -> {
          read = rows.getObject(1, LocalDate.class);
          due = LocalDate.parse(text);
        }
        case "datetime" -> {
          read = rows.getObject(1, LocalDateTime.class);
          due = LocalDateTime.parse(text.replace(' ', 'T'));
        }
        case "zero" -> {
          equal(rows.getDate(1), null, what);
          read = rows.getString(1) == null ? text : rows.getString(1);
        }
        default -> read = rows.getString(1);
      }
      equal(read, due, what);
    }
  }

  static void checkType(Connection connection, Case test) throws SQLException {
    String table = "t_" + test.name;
    run(connection, "create table " + table + " (id int primary key, v " + test.type + ")");
    try (PreparedStatement insert = connection.prepareStatement("insert into " + table + " values (?, ?)")) {
      for (int i = 0; i < test.values.size(); i++) {
        String text = test.values.get(i);
        run(connection, "insert into " + table + " values (" + 2 * i + ", " + test.literal(text) + ")");
        insert.setInt(1, 2 * i + 1);
        insert.setObject(2, test.parameter(text));
        equal(insert.executeUpdate(), 1, "insert");
      }
    }
    try (PreparedStatement read = connection.prepareStatement("select v from " + table + " where id >= ? order by id")) {
      read.setInt(1, 0);
      try (ResultSet rows = read.executeQuery()) {
        for (int i = 0; rows.next(); i++) test.same(rows, test.values.get(i / 2), (i % 2 == 0 ? "literal " : "parameter ") + test.values.get(i / 2));
      }
    }
    if (test.name.equals("float") || test.kind.equals("json")) return;
    try (PreparedStatement find = connection.prepareStatement("select count(*) from " + table + " where v <=> ?")) {
      for (String text : test.values) {
        find.setObject(1, test.parameter(text));
        try (ResultSet rows = find.executeQuery()) {
          rows.next();
          if (rows.getInt(1) < 2) throw new AssertionError("v <=> " + text + " finds " + rows.getInt(1) + " rows");
        }
      }
    }
  }

  static void checkConversions(Connection connection) throws SQLException {
    run(connection, "create table conversions (id int primary key, d datetime(6), t time(6), b bool, j json, n bigint unsigned, c text, l longblob)");
    Timestamp when = Timestamp.from(java.time.Instant.parse("2024-02-29T23:59:59.123456Z"));
    try (PreparedStatement insert = connection.prepareStatement("insert into conversions values (?, ?, ?, ?, ?, ?, ?, ?)")) {
      insert.setInt(1, 1);
      insert.setTimestamp(2, when);
      insert.setObject(3, LocalTime.of(12, 34, 56, 123456000));
      insert.setBoolean(4, true);
      insert.setString(5, "{\"a\": [1, \"ä😀\"]}");
      insert.setBigDecimal(6, new BigDecimal("18446744073709551615"));
      insert.setCharacterStream(7, new StringReader("streamed ä😀"));
      insert.setBinaryStream(8, new ByteArrayInputStream(new byte[] {0, 1, -1}));
      equal(insert.executeUpdate(), 1, "insert");
      for (int i = 1; i <= 8; i++) insert.setNull(i, Types.NULL);
      insert.setInt(1, 2);
      equal(insert.executeUpdate(), 1, "insert of NULLs");
    }
    try (PreparedStatement read = connection.prepareStatement("select * from conversions where id = ?")) {
      read.setLong(1, 1);
      try (ResultSet rows = read.executeQuery()) {
        equal(rows.next(), true, "row");
        equal(rows.getTimestamp("d"), when, "timestamp");
        equal(rows.getObject("t", LocalTime.class), LocalTime.of(12, 34, 56, 123456000), "time");
        equal(rows.getBoolean("b"), true, "boolean");
        equal(rows.getString("j"), "{\"a\": [1, \"ä😀\"]}", "json");
        equal(rows.getObject("n"), new BigInteger("18446744073709551615"), "unsigned");
        equal(rows.getString("c"), "streamed ä😀", "stream of characters");
        equal(rows.getBytes("l"), new byte[] {0, 1, -1}, "stream of bytes");
        equal(rows.next(), false, "one row");
        ResultSetMetaData columns = rows.getMetaData();
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) names.add(columns.getColumnTypeName(i));
        equal(names, List.of("INTEGER", "DATETIME", "TIME", "BOOLEAN", "JSON", "BIGINT UNSIGNED", "TEXT", "LONGBLOB"), "types");
        equal(columns.isNullable(1), ResultSetMetaData.columnNoNulls, "nullable");
        equal(columns.getTableName(2), "conversions", "table");
        equal(columns.getCatalogName(2), DATABASE, "catalog");
      }
    }
  }

  // --- connections

  static void checkConnections() throws Exception {
    try (Connection connection = connect("test", "user=app", "password=pass word é")) {
      equal(value(connection, "select current_user()"), "app@%", "user");
      equal(connection.isValid(10), true, "valid");
      equal(connection.getCatalog(), "test", "catalog");
    }
    fails(() -> connect("test", "user=app", "password=wrong"), 1045, "28000");
    fails(() -> connect("test", "user=app"), 1045, "28000");
    fails(() -> connect("absent"), 1049, "42000");
  }

  static void checkPool() throws Exception {
    try (Connection setup = connect(DATABASE)) {
      run(setup, "create table pooled (id int primary key)");
    }
    org.mariadb.jdbc.MariaDbPoolDataSource pool = new org.mariadb.jdbc.MariaDbPoolDataSource("jdbc:mariadb://" + System.getenv("SLUICE_HOST") + ":"
        + System.getenv("SLUICE_PORT") + "/" + DATABASE + "?user=root&maxPoolSize=2&minPoolSize=1");
    long identity;
    try (Connection connection = pool.getConnection()) {
      identity = number(connection, "select connection_id()");
      connection.setAutoCommit(false);
      run(connection, "insert into pooled values (1)");
    }
    boolean again = false;
    for (int i = 0; i < 4 && !again; i++) {
      try (Connection connection = pool.getConnection()) {
        again = number(connection, "select connection_id()") == identity;
        if (!again) continue;
        equal(connection.getAutoCommit(), true, "autocommit of a connection that came back");
        equal(number(connection, "select count(*) from pooled"), 0L, "its open transaction");
      }
    }
    equal(again, true, "the connection came back");
    pool.close();
  }

  // --- behaviour

  static void checkTransactions(Connection connection) throws Exception {
    run(connection, "create table tx (id int primary key, v int)");
    try (Connection other = connect(DATABASE)) {
      connection.setAutoCommit(false);
      run(connection, "insert into tx values (1, 1)");
      equal(number(other, "select count(*) from tx"), 0L, "before the commit");
      connection.commit();
      equal(number(other, "select count(*) from tx"), 1L, "after the commit");
      run(connection, "update tx set v = 2");
      Savepoint point = connection.setSavepoint("here");
      run(connection, "update tx set v = 3");
      connection.rollback(point);
      connection.releaseSavepoint(point);
      connection.commit();
      equal(number(other, "select v from tx"), 2L, "savepoint");
      run(connection, "delete from tx");
      connection.rollback();
      equal(number(other, "select count(*) from tx"), 1L, "rollback");
      connection.setAutoCommit(true);
      for (int level : new int[] {Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ}) {
        connection.setTransactionIsolation(level);
        equal(connection.getTransactionIsolation(), level, "isolation");
      }
      connection.setReadOnly(true);
      connection.setReadOnly(false);
    }
  }

  static void checkErrors(Connection connection) throws Exception {
    run(connection, "create table errors (id int primary key, v varchar(3) not null)");
    run(connection, "insert into errors values (1, 'a')");
    Object[][] due = {
        {"selec ?", 1, 1064, "42000"}, {"select * from absent where id = ?", 1, 1146, "42S02"},
        {"select absent from errors where id = ?", 1, 1054, "42S22"}, {"insert into errors values (?, 'a')", 1, 1062, "23000"},
        {"insert into errors values (?, null)", 2, 1048, "23000"}, {"insert into errors values (2, ?)", "long", 1406, "22001"},
        {"insert into errors values (?)", 2, 1136, "21S01"}, {"insert into errors values (?, 'b')", "x", 1366, "HY000"},
        {"insert into errors values (?, 'b')", Long.MAX_VALUE, 1264, "22003"},
    };
    for (Object[] row : due) {
      fails(() -> {
        try (PreparedStatement statement = connection.prepareStatement((String) row[0])) {
          statement.setObject(1, row[1]);
          statement.execute();
        }
      }, (Integer) row[2], (String) row[3]);
    }
    SQLException error = fails(() -> run(connection, "insert into errors values (1, 'a')"), 1062, "23000");
    if (!(error instanceof java.sql.SQLIntegrityConstraintViolationException)) throw new AssertionError(error.getClass().getName());
    if (!error.getMessage().contains("Duplicate entry '1' for key 'errors.PRIMARY'")) throw new AssertionError(error.getMessage());
    try (Statement statement = connection.createStatement()) {
      statement.execute("insert ignore into errors values (1, 'b')");
      equal(statement.getWarnings().getErrorCode(), 1062, "warning");
    }
  }

  static void checkCounts(Connection connection) throws Exception {
    run(connection, "create table counts (id bigint auto_increment primary key, v int)");
    try (PreparedStatement insert = connection.prepareStatement("insert into counts (v) values (?), (?)", Statement.RETURN_GENERATED_KEYS)) {
      insert.setInt(1, 1);
      insert.setInt(2, 2);
      equal(insert.executeUpdate(), 2, "rows");
      try (ResultSet keys = insert.getGeneratedKeys()) {
        keys.next();
        equal(keys.getLong(1), 1L, "generated key");
      }
    }
    // The driver asks for CLIENT_FOUND_ROWS unless useAffectedRows is set.
    equal(run(connection, "update counts set v = 1"), 2, "found rows");
    try (Connection affected = connect(DATABASE, "useAffectedRows=true")) {
      equal(run(affected, "update counts set v = 1"), 0, "affected rows");
    }
  }

  static void checkBatches(Connection connection) throws Exception {
    run(connection, "create table batches (id int primary key, v varchar(20))");
    int base = 0;
    for (String option : new String[] {"useBulkStmts=false", "useBulkStmts=true", "rewriteBatchedStatements=true"}) {
      for (String prepared : new String[] {"useServerPrepStmts=false", "useServerPrepStmts=true"}) {
        try (Connection batching = connect(DATABASE, option, prepared);
             PreparedStatement insert = batching.prepareStatement("insert into batches values (?, ?)")) {
          for (int i = 0; i < 500; i++) {
            insert.setInt(1, base + i);
            insert.setString(2, i % 10 == 0 ? null : "row " + i);
            insert.addBatch();
          }
          equal(insert.executeBatch().length, 500, option + " " + prepared);
          base += 500;
          insert.setInt(1, base - 1);
          insert.setString(2, "again");
          insert.addBatch();
          try {
            insert.executeBatch();
            throw new AssertionError("no error");
          } catch (BatchUpdateException error) {
            equal(error.getErrorCode(), 1062, option + " " + prepared);
          }
        }
      }
    }
    equal(number(connection, "select count(*) from batches"), (long) base, "rows");
    try (Statement statement = connection.createStatement()) {
      statement.addBatch("insert into batches values (1000000, 'x')");
      statement.addBatch("update batches set v = 'y' where id = 1000000");
      statement.addBatch("delete from batches where id = 1000000");
      equal(statement.executeBatch(), new int[] {1, 1, 1}, "batch of statements");
    }
  }

  static void checkStatements(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      equal(statement.execute("select 1; create table parts (a int); insert into parts values (1), (2); select a from parts order by a"), true, "first");
      equal(statement.getMoreResults(), false, "second");
      equal(statement.getMoreResults(), false, "third");
      equal(statement.getUpdateCount(), 2, "third");
      equal(statement.getMoreResults(), true, "fourth");
      try (ResultSet rows = statement.getResultSet()) {
        rows.next();
        equal(rows.getInt(1), 1, "fourth");
      }
      equal(statement.getMoreResults() || statement.getUpdateCount() != -1, false, "end");
    }
    try (PreparedStatement insert = connection.prepareStatement("insert into parts values (?)")) {
      for (int i = 0; i < 1000; i++) {
        insert.setInt(1, i + 10);
        insert.addBatch();
      }
      insert.executeBatch();
    }
    // Rows as they come; the rest is skipped when the statement is closed.
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(7);
      try (ResultSet rows = statement.executeQuery("select * from parts")) {
        for (int i = 0; i < 20; i++) equal(rows.next(), true, "streamed row");
      }
    }
    try (PreparedStatement limited = connection.prepareStatement("select * from parts order by a limit ? offset ?")) {
      limited.setMaxRows(3);
      limited.setInt(1, 10);
      limited.setInt(2, 2);
      int count = 0;
      try (ResultSet rows = limited.executeQuery()) {
        while (rows.next()) count++;
      }
      equal(count, 3, "setMaxRows");
    }
    try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
         ResultSet rows = statement.executeQuery("select a from parts order by a")) {
      rows.last();
      equal(rows.getRow(), 1002, "scrolled");
    }
  }

  static void checkLarge(Connection connection) throws Exception {
    run(connection, "create table large (id int primary key, t longtext, b longblob)");
    String text = "ä😀0123456789".repeat(LARGE / 16);
    byte[] bytes = new byte[LARGE];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 7);
    try (PreparedStatement insert = connection.prepareStatement("insert into large values (?, ?, ?)")) {
      insert.setInt(1, 1);
      insert.setString(2, text);
      insert.setNull(3, Types.LONGVARBINARY);
      insert.executeUpdate();
      insert.setInt(1, 2);
      insert.setNull(2, Types.LONGVARCHAR);
      insert.setBinaryStream(3, new ByteArrayInputStream(bytes));
      insert.executeUpdate();
    }
    try (PreparedStatement read = connection.prepareStatement("select t, b from large where id > ? order by id")) {
      read.setInt(1, 0);
      try (ResultSet rows = read.executeQuery()) {
        rows.next();
        equal(rows.getString(1).equals(text), true, "text");
        rows.next();
        equal(Arrays.equals(rows.getBytes(2), bytes), true, "bytes");
      }
    }
  }

  static void checkStops(Connection connection) throws Exception {
    run(connection, "create table numbers (a int)");
    StringBuilder values = new StringBuilder("insert into numbers values (0)");
    for (int i = 1; i < 2000; i++) values.append(",(").append(i).append(")");
    run(connection, values.toString());
    String slow = "select count(*) from numbers a, numbers b, numbers c where a.a + b.a = c.a + 0.5";
    try (Statement statement = connection.createStatement()) {
      Thread canceller = new Thread(() -> {
        try {
          Thread.sleep(200);
          statement.cancel();
        } catch (Exception error) {
          System.out.println("failed cancel: " + error);
        }
      });
      canceller.start();
      fails(() -> statement.executeQuery(slow), 1317, "70100");
      canceller.join();
    }
    equal(value(connection, "select 1").toString(), "1", "after the cancel");
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      try {
        statement.executeQuery(slow);
        throw new AssertionError("no timeout");
      } catch (SQLException error) {
        // The driver limits a statement itself on its own server alone; elsewhere it says so, or kills the query.
        if (error.getErrorCode() != 1317 && error.getErrorCode() != 3024 && !(error instanceof java.sql.SQLTimeoutException)) throw error;
      }
    }
    equal(value(connection, "select 1").toString(), "1", "after the timeout");
    try (Connection hasty = connect(DATABASE, "socketTimeout=300")) {
      long identity = number(hasty, "select connection_id()");
      try (Statement statement = hasty.createStatement()) {
        statement.executeQuery("select sleep(1000)");
        throw new AssertionError("no timeout");
      } catch (SQLException error) {
        equal(error.getSQLState().substring(0, 2), "08", error.getMessage());
      }
      long deadline = System.nanoTime() + 20_000_000_000L;
      while (number(connection, "select count(*) from information_schema.processlist where id = " + identity) != 0) {
        if (System.nanoTime() > deadline) throw new AssertionError("the statement of a client that is gone still runs");
        Thread.sleep(50);
      }
    }
  }

  // --- metadata

  static List<String> column(ResultSet rows, String... names) throws SQLException {
    List<String> found = new ArrayList<>();
    while (rows.next()) {
      StringBuilder line = new StringBuilder();
      for (String name : names) line.append(line.length() == 0 ? "" : " ").append(rows.getString(name));
      found.add(line.toString());
    }
    rows.close();
    return found;
  }

  static void checkMetadata(Connection connection) throws Exception {
    run(connection, "create table parent (id int unsigned not null auto_increment comment 'the key', code varchar(20) not null default 'x', "
        + "amount decimal(12,4), at datetime(3), body longtext, flag bit(1), kind enum('a','b'), made int as (length(code)) virtual, "
        + "primary key (id), unique key code (code), key amount_at (amount, at)) comment 'a table'");
    run(connection, "create table child (id int unsigned not null, part varchar(10) not null, parent_id int unsigned, primary key (part, id), "
        + "constraint parent_of_child foreign key (parent_id) references parent (id))");
    run(connection, "create view seen as select id, code from parent");
    DatabaseMetaData data = connection.getMetaData();
    equal(data.getDatabaseProductName(), "MySQL", "product");
    equal(data.getDatabaseMajorVersion() >= 8, true, "version");
    equal(column(data.getTables(DATABASE, null, "%ar%nt", null), "TABLE_NAME", "TABLE_TYPE", "REMARKS"), List.of("parent TABLE a table"), "tables");
    equal(column(data.getTables(DATABASE, null, "%", new String[] {"VIEW"}), "TABLE_NAME", "TABLE_TYPE"), List.of("seen VIEW"), "views");
    equal(column(data.getColumns(DATABASE, null, "parent", null),
            "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "COLUMN_DEF", "ORDINAL_POSITION", "IS_AUTOINCREMENT",
            "IS_GENERATEDCOLUMN", "REMARKS"),
        List.of("id 4 INT UNSIGNED 10 0 0 null 1 YES NO the key", "code 12 VARCHAR 20 null 0 x 2 NO NO ", "amount 3 DECIMAL 12 4 1 null 3 NO NO ",
            "at 93 DATETIME 23 null 1 null 4 NO NO ", "body -1 LONGTEXT 2147483647 null 1 null 5 NO NO ", "flag -7 BIT 1 null 1 null 6 NO NO ",
            "kind 12 ENUM 1 null 1 null 7 NO NO ", "made 4 INT 10 0 1 null 8 NO YES "), "columns");
    equal(column(data.getPrimaryKeys(DATABASE, null, "child"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"), List.of("id 2 PRIMARY", "part 1 PRIMARY"), "primary key");
    equal(column(data.getIndexInfo(DATABASE, null, "parent", false, true), "INDEX_NAME", "ORDINAL_POSITION", "COLUMN_NAME", "NON_UNIQUE"),
        List.of("code 1 code 0", "PRIMARY 1 id 0", "amount_at 1 amount 1", "amount_at 2 at 1"), "indexes");
    equal(column(data.getIndexInfo(DATABASE, null, "parent", true, true), "INDEX_NAME"), List.of("code", "PRIMARY"), "unique indexes");
    equal(column(data.getImportedKeys(DATABASE, null, "child"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "FK_NAME", "KEY_SEQ"),
        List.of("parent id parent_id parent_of_child 1"), "imported keys");
    equal(column(data.getExportedKeys(DATABASE, null, "parent"), "FKTABLE_NAME"), List.of("child"), "exported keys");
    equal(column(data.getCrossReference(DATABASE, null, "parent", DATABASE, null, "child"), "FKTABLE_NAME"), List.of("child"), "cross reference");
    equal(column(data.getBestRowIdentifier(DATABASE, null, "parent", DatabaseMetaData.bestRowSession, true), "COLUMN_NAME"), List.of("id"), "row identifier");
    equal(new TreeSet<>(column(data.getCatalogs(), "TABLE_CAT")).contains(DATABASE), true, "catalogs");
    equal(new TreeSet<>(column(data.getTableTypes(), "TABLE_TYPE")).containsAll(List.of("TABLE", "VIEW")), true, "table types");
    equal(column(data.getTypeInfo(), "TYPE_NAME").isEmpty(), false, "type info");
    equal(column(data.getProcedures(DATABASE, null, "%"), "PROCEDURE_NAME"), List.of(), "procedures");
    equal(column(data.getFunctions(DATABASE, null, "%"), "FUNCTION_NAME"), List.of(), "functions");
    column(data.getTablePrivileges(DATABASE, null, "parent"), "PRIVILEGE");
    column(data.getColumnPrivileges(DATABASE, null, "parent", "id"), "PRIVILEGE");
    column(data.getSchemas(), "TABLE_SCHEM");
    column(data.getClientInfoProperties(), "NAME");
    column(data.getVersionColumns(DATABASE, null, "parent"), "COLUMN_NAME");
    equal(data.getSQLKeywords().isEmpty(), false, "keywords");
    try (PreparedStatement statement = connection.prepareStatement("select id, code, amount from parent where id = ? and code = ?")) {
      ResultSetMetaData columns = statement.getMetaData();
      equal(columns.getColumnCount() + " " + columns.getColumnName(2) + " " + columns.getColumnTypeName(3), "3 code DECIMAL", "columns before the execution");
      equal(columns.getPrecision(3) + " " + columns.getScale(3), "12 4", "precision");
      equal(columns.isAutoIncrement(1), true, "auto increment");
      equal(statement.getParameterMetaData().getParameterCount(), 2, "parameters");
    }
  }

  public static void main(String[] arguments) throws Exception {
    check("connections", Main::checkConnections);
    try (Connection admin = connect("")) {
      run(admin, "drop database if exists " + DATABASE);
      run(admin, "create database " + DATABASE);
    }
    List<Case> cases = Files.readAllLines(Path.of(System.getenv("SLUICE_CASES_TEXT"))).stream().map(Case::parse).toList();
    for (boolean server : new boolean[] {false, true}) {
      try (Connection connection = connect(DATABASE, "useServerPrepStmts=" + server)) {
        run(connection, "set sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY'");
        for (Case test : cases) {
          check("type " + test.name + (server ? ", binary" : ", text"), () -> {
            run(connection, "drop table if exists t_" + test.name);
            checkType(connection, test);
          });
        }
        check("conversions" + (server ? ", binary" : ", text"), () -> {
          run(connection, "drop table if exists conversions");
          checkConversions(connection);
        });
        check("large" + (server ? ", binary" : ", text"), () -> {
          run(connection, "drop table if exists large");
          checkLarge(connection);
        });
      }
    }
    check("pool", Main::checkPool);
    interface Part {
      void run(Connection connection) throws Exception;
    }
    record Named(String name, Part part) {}
    for (Named named : List.of(new Named("transactions", Main::checkTransactions), new Named("errors", Main::checkErrors),
        new Named("counts", Main::checkCounts), new Named("batches", Main::checkBatches), new Named("statements", Main::checkStatements),
        new Named("stops", Main::checkStops), new Named("metadata", Main::checkMetadata))) {
      try (Connection connection = connect(DATABASE, "useServerPrepStmts=true")) {
        check(named.name, () -> named.part.run(connection));
      }
    }
    System.exit(failures == 0 ? 0 : 1);
  }
}
