// Go's go-sql-driver/mysql against the server: see the README of tests/clients for what each program covers.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	databaseName = "client_go"
	large        = 16*1024*1024 + 5 // more than one packet holds
)

type testCase struct {
	Name   string    `json:"name"`
	Type   string    `json:"type"`
	Kind   string    `json:"kind"`
	Values []*string `json:"values"`
}

var failures int

func check(name string, body func()) {
	defer func() {
		if problem := recover(); problem != nil {
			failures++
			text := fmt.Sprint(problem)
			if len(text) > 600 {
				text = text[:600]
			}
			fmt.Printf("failed %s: %q\n", name, text)
			return
		}
		fmt.Printf("ok %s\n", name)
	}()
	body()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func equal(actual, expected any, what ...any) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%v: %#v instead of %#v", fmt.Sprint(what...), actual, expected))
	}
}

func settings(change func(*mysql.Config)) *mysql.Config {
	config := mysql.NewConfig()
	config.User = "root"
	config.Net = "tcp"
	config.Addr = os.Getenv("SLUICE_HOST") + ":" + os.Getenv("SLUICE_PORT")
	config.DBName = databaseName
	config.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": "'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY'"}
	if change != nil {
		change(config)
	}
	return config
}

func connect(change func(*mysql.Config)) *sql.DB {
	connector, err := mysql.NewConnector(settings(change))
	must(err)
	return sql.OpenDB(connector)
}

func run(db *sql.DB, text string, arguments ...any) sql.Result {
	result, err := db.Exec(text, arguments...)
	if err != nil {
		if len(text) > 100 {
			text = text[:100]
		}
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return result
}

func number(db *sql.DB, text string, arguments ...any) int64 {
	var value int64
	must(db.QueryRow(text, arguments...).Scan(&value))
	return value
}

// The server's error, which must have this number and SQLSTATE.
func fails(err error, code uint16, state string) *mysql.MySQLError {
	var known *mysql.MySQLError
	if !errors.As(err, &known) {
		panic(fmt.Sprintf("error %d expected, got %v", code, err))
	}
	equal(fmt.Sprintf("%d %s", known.Number, known.SQLState[:]), fmt.Sprintf("%d %s", code, state), known.Message)
	return known
}

// --- types ---

func literal(test testCase, text *string) string {
	if text == nil {
		return "NULL"
	}
	switch test.Kind {
	case "integer", "decimal", "float":
		return *text
	case "bytes", "bit":
		return "x'" + *text + "'"
	}
	return "'" + strings.ReplaceAll(strings.ReplaceAll(*text, `\`, `\\`), "'", "''") + "'"
}

func parameter(test testCase, text *string) any {
	if text == nil {
		return nil
	}
	switch test.Kind {
	case "integer", "year":
		if value, err := strconv.ParseInt(*text, 10, 64); err == nil {
			return value
		}
		value, err := strconv.ParseUint(*text, 10, 64)
		must(err)
		return value
	case "float":
		value, err := strconv.ParseFloat(*text, 64)
		must(err)
		return value
	case "bytes", "bit":
		value, err := hex.DecodeString(*text)
		must(err)
		return value
	}
	return *text
}

// The value as the table of cases writes it.
func canonical(test testCase, value any) *string {
	if value == nil {
		return nil
	}
	var text string
	switch typed := value.(type) {
	case []byte:
		text = string(typed)
		if test.Kind == "bytes" || test.Kind == "bit" {
			text = hex.EncodeToString(typed)
		}
	case float32:
		text = strconv.FormatFloat(float64(typed), 'g', -1, 32)
	default:
		text = fmt.Sprint(typed)
	}
	if test.Kind == "year" {
		year, err := strconv.Atoi(text)
		must(err)
		text = fmt.Sprintf("%04d", year)
	}
	return &text
}

func same(test testCase, value any, due *string, what string) {
	actual := canonical(test, value)
	if actual != nil && due != nil && test.Kind == "float" {
		read, err := strconv.ParseFloat(*actual, 64)
		must(err)
		expected, err := strconv.ParseFloat(*due, 64)
		must(err)
		if test.Type == "float" {
			read, expected = float64(float32(read)), float64(float32(expected))
		}
		equal(read, expected, what)
		return
	}
	if (actual == nil) != (due == nil) || (actual != nil && *actual != *due) {
		shown := func(text *string) string {
			if text == nil {
				return "NULL"
			}
			return strconv.Quote(*text)
		}
		panic(fmt.Sprintf("%s: %s instead of %s", what, shown(actual), shown(due)))
	}
}

func checkType(db *sql.DB, test testCase) {
	table := "t_" + test.Name
	run(db, fmt.Sprintf("create table %s (id int primary key, v %s)", table, test.Type))
	insert, err := db.Prepare(fmt.Sprintf("insert into %s values (?, ?)", table))
	must(err)
	defer insert.Close()
	for index, text := range test.Values {
		run(db, fmt.Sprintf("insert into %s values (%d, %s)", table, 2*index, literal(test, text)))
		_, err := insert.Exec(2*index+1, parameter(test, text))
		must(err)
	}
	for way, arguments := range map[string][]any{"text": nil, "binary": {-1}} {
		condition := ""
		if arguments != nil {
			condition = " where id > ?"
		}
		rows, err := db.Query("select v from "+table+condition+" order by id", arguments...)
		must(err)
		position := 0
		for rows.Next() {
			var value any
			must(rows.Scan(&value))
			due := test.Values[position/2]
			same(test, value, due, fmt.Sprintf("%s row %d", way, position))
			position++
		}
		must(rows.Err())
		equal(position, 2*len(test.Values), way)
	}
	if test.Name == "float" || test.Kind == "json" {
		return
	}
	for _, text := range test.Values {
		found := number(db, "select count(*) from "+table+" where v <=> ?", parameter(test, text))
		if found < 2 {
			panic(fmt.Sprintf("v <=> %v finds %d rows", parameter(test, text), found))
		}
	}
}

func checkColumnTypes(db *sql.DB) {
	run(db, `create table described (a tinyint unsigned, b bigint not null, c decimal(10,3), d varchar(20), e varbinary(20), f datetime(3),
		g double, h json, i text, j blob, k enum('x'), l bit(3), m year, n float, o time, p date, q timestamp null, r char(3), s binary(3), t set('x'))`)
	rows, err := db.Query("select * from described")
	must(err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	must(err)
	var names []string
	for _, column := range types {
		names = append(names, column.DatabaseTypeName())
	}
	equal(strings.Join(names, " "), "UNSIGNED TINYINT BIGINT DECIMAL VARCHAR VARBINARY DATETIME DOUBLE JSON TEXT BLOB ENUM BIT YEAR FLOAT TIME DATE TIMESTAMP CHAR BINARY SET")
	nullable, _ := types[1].Nullable()
	equal(nullable, false)
	precision, scale, _ := types[2].DecimalSize()
	equal([]int64{precision, scale}, []int64{10, 3})
}

func checkTimes() {
	db := connect(func(config *mysql.Config) { config.ParseTime = true })
	defer db.Close()
	run(db, "create table times (id int primary key, d datetime(6), t timestamp(6) null, a date)")
	when := time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)
	run(db, "insert into times values (1, ?, ?, ?)", when, when, when)
	run(db, "insert into times values (2, ?, ?, ?)", nil, nil, sql.NullTime{})
	for _, text := range []string{"select d, t, a from times where id = 1", "select d, t, a from times where id = 1 and 1 = ?"} {
		var arguments []any
		if strings.Contains(text, "?") {
			arguments = append(arguments, 1)
		}
		var first, second, third time.Time
		must(db.QueryRow(text, arguments...).Scan(&first, &second, &third))
		equal([]time.Time{first, second, third}, []time.Time{when, when, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}, text)
	}
	var none sql.NullTime
	must(db.QueryRow("select d from times where id = 2").Scan(&none))
	equal(none.Valid, false)
}

// --- connections ---

func checkConnections() {
	for _, change := range []func(*mysql.Config){
		func(config *mysql.Config) {},
		func(config *mysql.Config) { config.User, config.Passwd = "app", "pass word é" },
		func(config *mysql.Config) { config.Collation = "utf8mb4_general_ci" },
		func(config *mysql.Config) { config.ConnectionAttributes = "program:tests" },
	} {
		db := connect(func(config *mysql.Config) { config.DBName = "test"; change(config) })
		must(db.Ping())
		var user, name string
		must(db.QueryRow("select current_user(), database()").Scan(&user, &name))
		equal(name, "test")
		db.Close()
	}
	for _, pair := range [][2]string{{"app", "wrong"}, {"app", ""}, {"nobody", "x"}} {
		db := connect(func(config *mysql.Config) { config.DBName = ""; config.User, config.Passwd = pair[0], pair[1] })
		fails(db.Ping(), 1045, "28000")
		db.Close()
	}
	db := connect(func(config *mysql.Config) { config.DBName = "absent" })
	fails(db.Ping(), 1049, "42000")
	db.Close()
}

func checkPool(db *sql.DB) {
	run(db, "create table pooled (id int primary key auto_increment, worker int)")
	db.SetMaxOpenConns(4)
	defer db.SetMaxOpenConns(0)
	errs := make(chan error, 16)
	for worker := 0; worker < 16; worker++ {
		go func(worker int) {
			var last error
			for index := 0; index < 20 && last == nil; index++ {
				_, last = db.Exec("insert into pooled (worker) values (?)", worker)
			}
			errs <- last
		}(worker)
	}
	for worker := 0; worker < 16; worker++ {
		must(<-errs)
	}
	equal(number(db, "select count(*) from pooled"), int64(320))
	// A connection returns to the pool with its session reset by the driver's check alone: the state of a transaction does not leak.
	transaction, err := db.Begin()
	must(err)
	_, err = transaction.Exec("delete from pooled")
	must(err)
	must(transaction.Rollback())
	equal(number(db, "select count(*) from pooled"), int64(320))
}

// --- behaviour ---

func checkTransactions(db *sql.DB) {
	run(db, "create table tx (id int primary key, v int)")
	background := context.Background()
	for _, options := range []*sql.TxOptions{nil, {Isolation: sql.LevelReadCommitted}, {Isolation: sql.LevelRepeatableRead}} {
		transaction, err := db.BeginTx(background, options)
		must(err)
		_, err = transaction.Exec("insert into tx values (?, ?)", 1, 1)
		must(err)
		equal(number(db, "select count(*) from tx"), int64(0))
		must(transaction.Rollback())
	}
	transaction, err := db.BeginTx(background, nil)
	must(err)
	_, err = transaction.Exec("insert into tx values (?, ?)", 1, 1)
	must(err)
	must(transaction.Commit())
	equal(number(db, "select count(*) from tx"), int64(1))
	transaction, err = db.BeginTx(background, &sql.TxOptions{ReadOnly: true})
	must(err)
	_, err = transaction.Exec("update tx set v = 2")
	fails(err, 1792, "25006")
	must(transaction.Rollback())
	// A context that ends takes its transaction along.
	ending, cancel := context.WithCancel(background)
	transaction, err = db.BeginTx(ending, nil)
	must(err)
	_, err = transaction.Exec("update tx set v = 3")
	must(err)
	cancel()
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, err = db.Exec("update tx set v = 4")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			panic(err)
		}
	}
	equal(number(db, "select v from tx"), int64(4))
}

func checkErrors(db *sql.DB) {
	run(db, "create table errors (id int primary key, v varchar(3) not null)")
	run(db, "insert into errors values (1, 'a')")
	for _, due := range []struct {
		statement string
		argument  any
		code      uint16
		state     string
	}{
		{"selec ?", 1, 1064, "42000"},
		{"select * from absent where id = ?", 1, 1146, "42S02"},
		{"select absent from errors where id = ?", 1, 1054, "42S22"},
		{"insert into errors values (?, 'a')", 1, 1062, "23000"},
		{"insert into errors values (?, null)", 2, 1048, "23000"},
		{"insert into errors values (2, ?)", "long", 1406, "22001"},
		{"insert into errors values (?)", 2, 1136, "21S01"},
		{"insert into errors values (?, 'b')", "x", 1366, "HY000"},
		{"insert into errors values (?, 'b')", int64(math.MaxInt64), 1264, "22003"},
	} {
		_, err := db.Exec(due.statement, due.argument)
		fails(err, due.code, due.state)
	}
	_, err := db.Exec("insert into errors values (1, 'a')")
	equal(fails(err, 1062, "23000").Message, "Duplicate entry '1' for key 'errors.PRIMARY'")
	equal(number(db, "select 1"), int64(1))
}

func checkCounts(db *sql.DB) {
	counts := func(result sql.Result) [2]int64 {
		affected, err := result.RowsAffected()
		must(err)
		identity, err := result.LastInsertId()
		must(err)
		return [2]int64{affected, identity}
	}
	run(db, "create table counts (id int auto_increment primary key, v int)")
	equal(counts(run(db, "insert into counts (v) values (?), (?)", 1, 2)), [2]int64{2, 1})
	equal(counts(run(db, "insert into counts (v) values (3)")), [2]int64{1, 3})
	equal(counts(run(db, "update counts set v = ? where id > 1", 3)), [2]int64{1, 0}, "changed rows")
	equal(counts(run(db, "delete from counts where id < ?", 3)), [2]int64{2, 0})
	found := connect(func(config *mysql.Config) { config.ClientFoundRows = true })
	defer found.Close()
	equal(counts(run(found, "update counts set v = ?", 3)), [2]int64{1, 0}, "found rows")
}

func checkStatements(db *sql.DB) {
	many := connect(func(config *mysql.Config) { config.MultiStatements = true })
	defer many.Close()
	rows, err := many.Query("select 1; select 2; select 3, 4")
	must(err)
	var sets, seen int
	for {
		for rows.Next() {
			seen++
		}
		sets++
		if !rows.NextResultSet() {
			break
		}
	}
	must(rows.Err())
	rows.Close()
	equal([]int{sets, seen}, []int{3, 3})
	run(many, "create table parts (a int); insert into parts values (1), (2); update parts set a = a + 1")
	equal(number(db, "select sum(a) from parts"), int64(5))
	_, err = many.Exec("insert into parts values (7); insert into absent values (1); insert into parts values (8)")
	fails(err, 1146, "42S02")
	equal(number(db, "select sum(a) from parts"), int64(12))

	// Parameters that the driver writes into the text.
	interpolating := connect(func(config *mysql.Config) { config.InterpolateParams = true })
	defer interpolating.Close()
	var text string
	var raw []byte
	must(interpolating.QueryRow("select ?, ?", "it's \\ \"ä😀\"\x00\n", []byte{0, 255, '\'', '\\'}).Scan(&text, &raw))
	equal(text, "it's \\ \"ä😀\"\x00\n")
	equal(raw, []byte{0, 255, '\'', '\\'})

	equal(number(db, "select count(*) from (select * from parts order by a limit ? offset ?) t", 2, uint64(1)), int64(2))

	statement, err := db.Prepare("select a + ? from parts where a > ? order by a")
	must(err)
	defer statement.Close()
	for index := 0; index < 200; index++ {
		var value int64
		must(statement.QueryRow(index, 1).Scan(&value))
		equal(value, int64(index+2))
	}
	// Hundreds of statements live side by side.
	var held []*sql.Stmt
	for index := 0; index < 300; index++ {
		one, err := db.Prepare(fmt.Sprintf("select %d + ?", index))
		must(err)
		held = append(held, one)
	}
	for index, one := range held {
		var value int64
		must(one.QueryRow(1).Scan(&value))
		equal(value, int64(index+1))
		must(one.Close())
	}
}

func checkLoadData(db *sql.DB) {
	run(db, "create table loaded (id int primary key, v varchar(50))")
	mysql.RegisterReaderHandler("rows", func() io.Reader { return strings.NewReader("1\tone\n2\t\\N\n3\tä😀\n") })
	defer mysql.DeregisterReaderHandler("rows")
	result := run(db, "load data local infile 'Reader::rows' into table loaded")
	affected, _ := result.RowsAffected()
	equal(affected, int64(3))
	equal(number(db, "select count(*) from loaded where v = 'ä😀' or v is null"), int64(2))
}

func checkLarge(db *sql.DB) {
	run(db, "create table large (id int primary key, t longtext, b longblob)")
	text := strings.Repeat("ä😀0123456789", large/16)
	blob := bytes.Repeat([]byte{0, 1, 2, 255, '\'', '\\', 10}, large/7+1)
	run(db, "insert into large values (?, ?, null)", 1, text)
	run(db, "insert into large values (?, null, ?)", 2, blob)
	var readText string
	var readBlob []byte
	must(db.QueryRow("select t from large where id = ?", 1).Scan(&readText))
	must(db.QueryRow("select b from large where id = 2").Scan(&readBlob))
	equal(readText == text, true, "text")
	equal(bytes.Equal(readBlob, blob), true, "blob")
}

func checkStops(db *sql.DB) {
	run(db, "create table numbers (a int)")
	var values []string
	for index := 0; index < 2000; index++ {
		values = append(values, fmt.Sprintf("(%d)", index))
	}
	run(db, "insert into numbers values "+strings.Join(values, ","))
	const slow = "select count(*) from numbers a, numbers b, numbers c where a.a + b.a = c.a + 0.5"
	for _, arguments := range [][]any{nil, {1}} {
		text := slow
		if arguments != nil {
			text += " and 1 = ?"
		}
		ending, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		connection, err := db.Conn(context.Background())
		must(err)
		var identity int64
		must(connection.QueryRowContext(context.Background(), "select connection_id()").Scan(&identity))
		var count int64
		err = connection.QueryRowContext(ending, text, arguments...).Scan(&count)
		if !errors.Is(err, context.DeadlineExceeded) {
			panic(fmt.Sprintf("a context that ends gives %v", err))
		}
		cancel()
		connection.Close()
		deadline := time.Now().Add(20 * time.Second)
		for number(db, "select count(*) from information_schema.processlist where id = ?", identity) != 0 {
			if time.Now().After(deadline) {
				panic("the statement of a client that is gone still runs")
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	// KILL QUERY
	connection, err := db.Conn(context.Background())
	must(err)
	defer connection.Close()
	var identity, count int64
	must(connection.QueryRowContext(context.Background(), "select connection_id()").Scan(&identity))
	go func() {
		time.Sleep(200 * time.Millisecond)
		db.Exec(fmt.Sprintf("kill query %d", identity))
	}()
	err = connection.QueryRowContext(context.Background(), slow).Scan(&count)
	fails(err, 1317, "70100")
	must(connection.QueryRowContext(context.Background(), "select 1").Scan(&count))
	// Waiting for a row lock
	run(db, "create table locked (id int primary key, v int)")
	run(db, "insert into locked values (1, 1)")
	holder, err := db.Begin()
	must(err)
	_, err = holder.Exec("update locked set v = 2")
	must(err)
	ending, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	_, err = db.ExecContext(ending, "update locked set v = 3 where id = ?", 1)
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) {
		panic(fmt.Sprintf("a lock wait whose context ends gives %v", err))
	}
	must(holder.Commit())
	equal(number(db, "select v from locked"), int64(2))
}

func main() {
	check("connections", checkConnections)
	admin := connect(func(config *mysql.Config) { config.DBName = "" })
	run(admin, "drop database if exists "+databaseName)
	run(admin, "create database "+databaseName)
	admin.Close()
	content, err := os.ReadFile(os.Getenv("SLUICE_CASES"))
	must(err)
	var cases []testCase
	must(json.Unmarshal(content, &cases))
	db := connect(nil)
	defer db.Close()
	for _, test := range cases {
		test := test
		check("type "+test.Name, func() { checkType(db, test) })
	}
	check("column types", func() { checkColumnTypes(db) })
	check("times", checkTimes)
	check("pool", func() { checkPool(db) })
	check("transactions", func() { checkTransactions(db) })
	check("errors", func() { checkErrors(db) })
	check("counts", func() { checkCounts(db) })
	check("statements", func() { checkStatements(db) })
	check("load data", func() { checkLoadData(db) })
	check("large", func() { checkLarge(db) })
	check("stops", func() { checkStops(db) })
	if failures > 0 {
		os.Exit(1)
	}
}
