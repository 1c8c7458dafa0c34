package siptext

import (
	"fmt"
	"strings"
	"time"
)

// readDate reads a date and writes it again, as Java's lenient calendar does: what is out of range rolls over.
func readDate(l *lexer, e *entries) {
	from := l.pos
	day := strings.ToLower(l.run(isTokenChar))
	if !strings.Contains("|mon|tue|wed|thu|fri|sat|sun|", "|"+day+"|") || day == "" {
		l.failf("%s is no day of the week", quoted(day))
	}
	l.expect(',')
	l.expect(' ')
	d := calendar{day: l.calendarNumber()}
	if d.day < 1 || d.day > 31 {
		l.failf("the day is %d, expected 1 to 31", d.day)
	}
	l.expect(' ')
	d.month = month(l.run(isTokenChar), l.now)
	l.expect(' ')
	d.year = l.calendarNumber()
	l.expect(' ')
	d.hour = l.calendarNumber()
	l.expect(':')
	d.minute = l.calendarNumber()
	l.expect(':')
	d.second = l.calendarNumber()
	l.expect(' ')
	if zone := l.run(isTokenChar); lower(zone) != "gmt" {
		l.failf("the time zone is %s, expected GMT", quoted(zone))
	}
	e.add(l, from, d.write())
	l.end()
}

func (l *lexer) calendarNumber() int64 {
	n, ok := parseInt(l.digits())
	if !ok {
		l.failf("expected a number")
	}
	return int64(n)
}

// month returns a month's number from 0. For a name that it doesn't know the EdgePort takes the month of its own clock.
func month(name string, now func() time.Time) int64 {
	if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", lower(name)); len(name) == 3 && i >= 0 && i%3 == 0 {
		return int64(i / 3)
	}
	return int64(now().UTC().Month() - 1)
}

// calendar is a date and time of which no part need be in its range.
type calendar struct{ year, month, day, hour, minute, second int64 }

// cutover is the first day of the Gregorian calendar, 15 October 1582, in days from 1 January 1970.
const cutover = -141427

// secondsPerDay is the length of a day.
const secondsPerDay = 24 * 60 * 60

// write writes the date in the calendar that was in force: the Julian one before the cutover.
func (d calendar) write() string {
	seconds := d.hour*3600 + d.minute*60 + d.second
	over := seconds / secondsPerDay
	seconds %= secondsPerDay
	days := gregorianDays(d.year, d.month) + d.day - 1 + over
	if days < cutover {
		if julian := julianDays(d.year, d.month) + d.day - 1 + over; julian < cutover || d.year < 1582 {
			days = julian
		}
	}
	year, month, day := gregorianDate(days)
	if days < cutover {
		year, month, day = julianDate(days)
	}
	if year <= 0 {
		year = 1 - year // before Christ, which isn't written
	}
	weekday := time.Weekday(((days+4)%7 + 7) % 7)
	return fmt.Sprintf("%.3s, %02d %.3s %d %02d:%02d:%02d GMT",
		weekday, day, time.Month(month+1), year, seconds/3600, seconds/60%60, seconds%60)
}

// gregorianDays counts the days from 1 January 1970 to the first of a month.
func gregorianDays(year, month int64) int64 {
	a := int64(0) // years begin in March
	if month < 2 {
		a = 1
	}
	y := year + 4800 - a
	m := month + 12*a - 2
	return (153*m+2)/5 + 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) - 32044 - 2440588
}

// julianDays does so in the Julian calendar.
func julianDays(year, month int64) int64 {
	a := int64(0)
	if month < 2 {
		a = 1
	}
	y := year + 4800 - a
	m := month + 12*a - 2
	return (153*m+2)/5 + 365*y + floorDiv(y, 4) - 32082 - 2440588
}

// gregorianDate is the inverse of gregorianDays, with the day of the month.
func gregorianDate(days int64) (year, month, day int64) {
	a := days + 2440588 + 32044
	b := floorDiv(4*a+3, 146097)
	return civil(a-floorDiv(146097*b, 4), 100*b)
}

// julianDate is the inverse of julianDays.
func julianDate(days int64) (year, month, day int64) { return civil(days+2440588+32082, 0) }

// civil takes a day count from 1 March 4801 BC apart.
func civil(c, century int64) (year, month, day int64) {
	d := floorDiv(4*c+3, 1461)
	e := c - floorDiv(1461*d, 4)
	m := (5*e + 2) / 153
	return century + d - 4800 + m/10, m + 2 - 12*(m/10), e - (153*m+2)/5 + 1
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
