# SPDX-License-Identifier: Apache-2.0
# What tools/jiratoken-import has awk do. `task` says which part of it; what each reads
# and prints stands above it. A byte is two hexadecimal digits, and texts are such
# bytes, so that awk finds nothing in them to interpret. Any POSIX awk will do.

# ---- bytes

function set_up(   i, hex) {
    for (i = 0; i < 256; i++) {
        hex = sprintf("%02x", i)
        number[hex] = i
        octal[hex] = sprintf("\\%03o", i)
        byte_of[hex] = i ? sprintf("%c", i) : ""
    }
}
function to_octal(hex,   i, made) {
    for (i = 1; i < length(hex); i += 2) made = made octal[substr(hex, i, 2)]
    return made
}
function to_text(hex,   i, made) {
    for (i = 1; i < length(hex); i += 2) made = made byte_of[substr(hex, i, 2)]
    return made
}
function differ(a, b,   bit, made) {    # the bits that differ
    for (bit = 1; bit <= a || bit <= b; bit *= 2)
        if (int(a / bit) % 2 != int(b / bit) % 2) made += bit
    return made + 0
}

# ---- task "octal": a key in hex, as printf takes its bytes

task == "octal" { print to_octal($0) }

# ---- task "key": the first key of a key file, in hex; nothing where it is none

task == "key" {
    gsub(/^[ \t\r]+|[ \t\r]+$/, "")
    if ($0 == "" || /^#/) next
    if (!/[^0-9A-Fa-f]/ && length($0) >= 64 && length($0) <= 2048 && length($0) % 2 == 0)
        print tolower($0)
    exit
}

# ---- task "pads": the inner and the outer pad of HMAC (RFC 2104), as printf takes them

function pad(hex, with,   i, made) {
    for (i = 1; i < 128; i += 2)
        made = made sprintf("\\%03o", differ(number[substr(hex, i, 2)] + 0, with))
    return made
}
task == "pads" { print pad($0, 54), pad($0, 92) }

# ---- task "rows": what `od` prints of a CSV file becomes a line for each row that is
# not empty:
#
#   row NUMBER no REASON
#   row NUMBER ok USER LABEL CREATED EXPIRES LAST_USED RESTRICTIONS KIND VALUE
#
# with "-" for what is absent, and as KIND and VALUE the digest ("d"), or the token in
# octal ("t"). "fatal REASON" is about the file as a whole.

function make_ranges(name, list,   i, n, parts) {
    n = split(list, parts, " ")
    for (i = 1; i < n; i += 2) {
        first[name, (i + 1) / 2] = parts[i] + 0
        last[name, (i + 1) / 2] = parts[i + 1] + 0
    }
}
function is_in(name, c,   i) {
    for (i = 1; (name, i) in first; i++)
        if (c >= first[name, i] && c <= last[name, i]) return 1
    return 0
}
# The code point of UTF-8 at a place of a text in hex; -1 where it is none. Sets size.
function code_at(hex, at,   lead, c, least, i, b) {
    lead = number[substr(hex, at, 2)]
    size = 1
    if (lead < 128) return lead
    if (lead >= 194 && lead <= 223) { c = lead - 192; least = 128; size = 2 }
    else if (lead >= 224 && lead <= 239) { c = lead - 224; least = 2048; size = 3 }
    else if (lead >= 240 && lead <= 244) { c = lead - 240; least = 65536; size = 4 }
    else return -1
    for (i = 1; i < size; i++) {
        if (at + 2 * i >= length(hex)) return -1
        b = number[substr(hex, at + 2 * i, 2)]
        if (b < 128 || b > 191) return -1
        c = c * 64 + b - 128
    }
    if (c < least || c > 1114111 || (c >= 55296 && c <= 57343)) return -1
    return c
}
function user_fault(hex,   at, c, space) {
    if (hex == "") return "there is no user name"
    if (length(hex) > 510) return "the user name is longer than 255 bytes"
    for (at = 1; at < length(hex); at += 2 * size) {
        c = code_at(hex, at)
        if (c < 0) return "the user name is no UTF-8"
        if (c == 58) return "the user name has a colon"
        if (is_in("control", c) || is_in("hidden", c))
            return "the user name has a character that cannot be seen"
        space = is_in("space", c)
        if (space && at == 1) return "the user name begins with a blank"
    }
    return space ? "the user name ends with a blank" : ""
}
# Sets label to what is left without blanks at its ends.
function label_fault(hex,   at, c, count, end, begin, kept, seen) {
    for (at = 1; at < length(hex); at += 2 * size) {
        c = code_at(hex, at)
        if (c < 0 || c % 65536 >= 65534 || (c >= 64976 && c <= 65007))
            return "the label is no UTF-8"
        if (is_in("control", c)) return "the label has a control character"
        if (is_in("bidi", c)) return "the label has a character that reorders others"
        count++
        if (is_in("space", c)) continue
        if (!begin) { begin = at; count = 1 }
        kept = count
        end = at + 2 * size
        if (!is_in("invisible", c)) seen = 1
    }
    if (!seen) return "there is no label"
    if (kept > 100) return "the label is longer than 100 characters"
    label = substr(hex, begin, end - begin)
    return ""
}
function days(y, m, d,   era, of_era, of_year) {
    if (m <= 2) y--
    era = int(y / 400)
    of_era = y - era * 400
    of_year = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
    return era * 146097 + of_era * 365 + int(of_era / 4) - int(of_era / 100) + of_year - 719468
}
function month_days(y, m) {
    if (m == 2) return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28
    return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31
}
# Seconds since 1970, "-" for nothing, "" for what is no time.
function instant(text, whole_day,   y, m, d, of_day, zone, sign) {
    if (text == "") return "-"
    if (text ~ /^[0-9]+$/) return length(text) <= 12 ? text + 0 : ""
    if (text !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/) return ""
    y = substr(text, 1, 4) + 0; m = substr(text, 6, 2) + 0; d = substr(text, 9, 2) + 0
    if (y < 1970 || m < 1 || m > 12 || d < 1 || d > month_days(y, m)) return ""
    text = substr(text, 11)
    if (text == "") return (days(y, m, d) + whole_day) * 86400
    if (text !~ /^[T ][0-2][0-9]:[0-5][0-9]/ || substr(text, 2, 2) > 23) return ""
    of_day = substr(text, 2, 2) * 3600 + substr(text, 5, 2) * 60
    text = substr(text, 7)
    if (text ~ /^:[0-5][0-9]/) {
        of_day += substr(text, 2, 2)
        text = substr(text, 4)
        sub(/^[.,][0-9]+/, "", text)
    }
    sub(/^ /, "", text)
    if (text == "" || text == "Z" || text == "UTC") zone = 0
    else if (text ~ /^[+-][0-1][0-9](:?[0-5][0-9])?$/) {
        sign = substr(text, 1, 1) == "-" ? -1 : 1
        gsub(/[+:-]/, "", text)
        zone = sign * (substr(text, 1, 2) * 3600 + substr(text, 3, 2) * 60)
    }
    else return ""
    return days(y, m, d) * 86400 + of_day - zone
}
function restriction_fault(text,   word, i, n, parts, list, wanted) {
    wanted = text
    sub(/^read( |$)/, "", text)
    if (text ~ /^areas=/) {
        word = text; sub(/ .*/, "", word); text = substr(text, length(word) + 1)
        if (text != "") text = substr(text, 2)
        n = split(substr(word, 7), list, ",")
        for (i = 1; i <= n; i++)
            if (list[i] !~ /^[a-z0-9-]+$/ || length(list[i]) > 32) text = "?"
        if (!n) text = "?"
    }
    if (text ~ /^from=[0-9a-f.:\/]+(,[0-9a-f.:\/]+)*$/) text = ""
    if (text != "" || length(wanted) > 1000 || wanted ~ / $/)
        return "the restrictions are not as the table has them"
    return ""
}
# Of a token of ours: CRC-32 in base 62.
function checksum(hex,   i, bit, crc, made) {
    crc = 4294967295
    for (i = 1; i < length(hex); i += 2) {
        crc = differ(crc, number[substr(hex, i, 2)])
        for (bit = 0; bit < 8; bit++)
            crc = crc % 2 ? differ(int(crc / 2), 3988292384) : int(crc / 2)
    }
    crc = differ(crc, 4294967295)
    for (i = 0; i < 6; i++) {
        made = substr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", \
            crc % 62 + 1, 1) made
        crc = int(crc / 62)
    }
    return made
}
function token_fault(hex,   i, b, text, head) {
    for (i = 1; i < length(hex); i += 2) {
        b = number[substr(hex, i, 2)]
        if (b < 32 || b == 127) return "the token has a control character"
    }
    text = to_text(hex)
    if (text ~ /^ | $/) return "the token begins or ends with a blank"
    head = prefix "_"
    if (substr(text, 1, length(head)) == head && length(text) == length(head) + 49 \
        && text ~ /^[a-z0-9]+_[0-9A-Za-z]+$/ \
        && substr(text, length(head) + 44) != checksum(substr(hex, 1, 2 * (length(head) + 43))))
        return "the token is misspelt: its last six characters do not fit the others"
    return ""
}
function time_fault(name, what, whole_day,   value) {
    value = instant(to_text(column[name]), whole_day)
    if (value == "" || (value != "-" && value > 253402300800))
        return "what stands under " name " is no time"
    if (value != "-" && !whole_day && value > now) return "it was " what " in the future"
    if (value != "-" && whole_day && value <= now) return "it has expired"
    times[name] = value == "-" ? value : sprintf("%.0f", value)
    return ""
}
function secret_fault(   text) {
    if ((column["token"] == "") == (column["digest"] == ""))
        return column["token"] == "" ? "there is neither token nor digest" \
                                     : "there are both token and digest"
    if (column["token"] != "") {
        secret = "t " to_octal(column["token"])
        return token_fault(column["token"])
    }
    text = tolower(to_text(column["digest"]))
    secret = "d " text
    if (text !~ /^[0-9a-f]+$/ || length(text) != 64) return "the digest is not 64 hex digits"
    return ""
}
function fault_of_row(   fault) {
    if (fault_of_text != "") return fault_of_text
    if (fields != columns) return "it has " fields " fields, and the first row " columns
    if (fault = user_fault(column["user"])) return fault
    if (fault = label_fault(column["label"])) return fault
    if (fault = secret_fault()) return fault
    if (fault = time_fault("created", "created", 0)) return fault
    if (fault = time_fault("last_used", "used", 0)) return fault
    if (fault = time_fault("expires", "", 1)) return fault
    return restriction_fault(to_text(column["restrictions"]))
}
function lower_user(hex,   i, b, made) {
    for (i = 1; i < length(hex); i += 2) {
        b = number[substr(hex, i, 2)]
        made = made sprintf("%02x", b >= 65 && b <= 90 ? b + 32 : b)
    }
    return made
}
function say_fatal(text) { print "fatal " text; is_over = 1; exit }
function take_header(   i, text) {
    if (substr(field[1], 1, 6) == "efbbbf") field[1] = substr(field[1], 7)
    for (i = 1; i <= fields; i++) {
        text = to_text(field[i])
        if (!(text in known)) say_fatal("the first row names a column that is unknown: it may have user, label, token, digest, created, expires, last_used, restrictions")
        if (text in seen) say_fatal("the first row names the column " text " twice")
        seen[text] = i
        name[i] = text
    }
    columns = fields
    if (!("user" in seen && "label" in seen && ("token" in seen || "digest" in seen)))
        say_fatal("the first row has to name the columns user, label, and token or digest")
}

function take_row(   i, fault, user) {
    for (i in known) column[i] = ""
    for (i = 1; i <= fields && i <= columns; i++) column[name[i]] = field[i]
    if (fault = fault_of_row()) { print "row", row, "no", fault; return }
    user = lower ? lower_user(column["user"]) : column["user"]
    if (column["restrictions"] == "") column["restrictions"] = "-"
    print "row", row, "ok", user, label, times["created"], times["expires"], \
        times["last_used"], column["restrictions"], secret
}
function end_field() { field[++fields] = text; text = ""; state = "begin" }
function end_row() {
    row++
    if (fields || state != "begin" || fault_of_text != "") {
        end_field()
        if (row == 1 && fault_of_text != "") say_fatal("the first row: " fault_of_text)
        if (row == 1) take_header(); else take_row()
    }
    else if (row == 1) say_fatal("the first row is empty: it has to name the columns")
    fields = 0; text = ""; state = "begin"; fault_of_text = ""
}
function add(hex) {
    if (length(text) < 20000) text = text hex
    else fault_of_text = "a field is longer than 10000 bytes"
}
function take(hex) {
    if (hex == "00") fault_of_text = "it has a byte that is zero"
    if (state == "quoted") {
        if (hex == "22") state = "closed"; else add(hex)
        return
    }
    if (returned) {     # a carriage return, which only a line end may follow
        returned = 0
        if (hex != "0a") { add("0d"); if (state == "begin") state = "plain" }
    }
    if (hex == "0d") returned = 1
    else if (hex == "0a") end_row()
    else if (hex == "2c") end_field()
    else if (hex == "22" && state == "begin") state = "quoted"
    else if (hex == "22" && state == "closed") { add("22"); state = "quoted" }
    else {
        if (hex == "22" || state == "closed")
            fault_of_text = "a quotation mark stands where none may be"
        add(hex)
        state = "plain"
    }
}
function set_up_rows(   i, n, names) {
    make_ranges("control", "0 31 127 159 8232 8233")
    make_ranges("hidden", "173 173 8203 8207 8232 8238 8288 8297 65279 65279")
    make_ranges("bidi", "1564 1564 8206 8207 8234 8238 8294 8297")
    make_ranges("space", "32 32 160 160 5760 5760 8192 8202 8239 8239 8287 8287 12288 12288")
    make_ranges("invisible", "173 173 847 847 4447 4448 6068 6069 6155 6159 8203 8205 8288 8293 8298 8303 10240 10240 12644 12644 65024 65039 65279 65279 65440 65440 65520 65531 113824 113827 119155 119162 917504 921599")
    n = split("user label token digest created expires last_used restrictions", names, " ")
    for (i = 1; i <= n; i++) known[names[i]] = 1
    state = "begin"
}
task == "rows" { for (i = 1; i <= NF; i++) take($i) }
function end_rows() {
    if (is_over) exit
    if (state == "quoted") fault_of_text = "a quotation mark is not closed"
    if (fields || state != "begin" || fault_of_text != "") end_row()
    if (!row) print "fatal the file is empty"
}

# ---- statements

function quote(word) { return "\047" word "\047" }
function literal(hex) {
    if (kind == "sqlite3") return "CAST(X" quote(hex) " AS TEXT)"
    if (kind == "pgsql") return "convert_from(decode(" quote(hex) ",\047hex\047),\047UTF8\047)"
    return "X" quote(hex)
}
function to_hex(column) {
    if (kind == "pgsql") return "encode(convert_to(" column ",\047UTF8\047),\047hex\047)"
    return "hex(" column ")"
}
function or_null(word, sql) { return word == "-" ? "NULL" : sql }
function join_up(a, b, c, d) {
    if (kind == "mysql") return "concat_ws(\047 \047," a "," b "," c "," d ")"
    return a "||\047 \047||" b "||\047 \047||" c "||\047 \047||" d
}

# ---- task "questions": what the table has of these users and digests. The answers are
# "has USER SLOT LABEL" for each token of a user, "is USER DIGEST -" for each digest.

function ask(columns, condition) {
    if (!(condition in asked))
        print "SELECT " columns " FROM " table " WHERE " condition ";"
    asked[condition] = 1
}
task == "questions" && $3 == "ok" {
    ask(join_up("\047has\047", to_hex("user_name"), "slot", to_hex("label")),
        "user_name = " literal($4))
    digest = quote($NF)
    ask(join_up("\047is\047", to_hex("user_name"), digest, "\047-\047"),
        "digest = " digest " OR previous_digest = " digest)
}

# ---- task "plan": judges the rows by these answers, which come before them. "say LINE"
# is for the report, "sql LINE" a statement; then "end TAKEN BEFORE REFUSED".

function say(what) { print "say row " $2 ": " what }
function characters(hex,   i, n) {
    for (i = 1; i < length(hex); i += 2) {
        if (number[substr(hex, i, 2)] < 128 || number[substr(hex, i, 2)] > 191) n++
    }
    return n
}
function ascii(words,   i, made) {
    for (i = 1; i <= length(words); i++) made = made hex_of[substr(words, i, 1)]
    return made
}
function refuse(why) { refused++; say("refused: " why) }
function free_label(user, label,   n, made) {
    made = label
    for (n = 2; (user, made) in labels; n++) made = label ascii(" (" n ")")
    return characters(made) > 100 ? "" : made
}
function take_token(user, digest,   label, slot) {
    label = free_label(user, $5)
    if (label == "") { refuse("the user has a token of that label"); return }
    for (slot = 0; (user, slot) in slots; slot++) { }
    slots[user, slot] = labels[user, label] = 1
    count[user]++
    taken++
    row_of[digest] = $2
    say((dry ? "would be taken: " : "taken: ") to_text(user) ", " to_text(label))
    print "sql INSERT INTO " table " (user_name, slot, label, digest, created_at," \
        " expires_at, last_used_at, restrictions) VALUES (" literal(user) ", " slot ", " \
        literal(label) ", " quote(digest) ", " or_null($6, $6) ", " or_null($7, $7) ", " \
        or_null($8, $8) ", " or_null($9, literal($9)) ");"
}
task == "plan" && $1 == "has" {
    user = tolower($2)
    slots[user, $3] = labels[user, tolower($4)] = 1
    count[user]++
}
task == "plan" && $1 == "is" { owner[$3] = tolower($2) }
task == "plan" && $3 == "no" { why = $0; sub(/^row [0-9]+ no /, "", why); refuse(why) }
task == "plan" && $3 == "ok" {
    user = $4; digest = $NF
    if (digest in row_of) refuse("the same token as in row " row_of[digest])
    else if (digest in owner && owner[digest] == user) {
        before++
        row_of[digest] = $2
        say("in the table already: " to_text(user))
    }
    else if (digest in owner) refuse("the token is in the table as another user\047s")
    else if (count[user] >= max)
        refuse("the user has " count[user] " tokens, and JiraTokenMax is " max)
    else take_token(user, digest)
}

BEGIN {
    set_up()
    if (task == "rows") set_up_rows()
    for (hex in byte_of) hex_of[byte_of[hex]] = hex
}
END {
    if (task == "rows") end_rows()
    if (task == "plan") print "end", taken + 0, before + 0, refused + 0
}
