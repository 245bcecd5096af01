package pii

import "strings"

// ibanLengths holds the length of an account number by country, as the IBAN
// registry (ISO 13616, release 98) lists them.
const ibanLengths = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 " +
	"EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 " +
	"JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 " +
	"OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 " +
	"TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"

// ibans finds bank account numbers, in groups or not.
func ibans(text string) []Match {
	var out []Match
	for i := 0; i+4 <= len(text); i++ {
		if isDigit(text[i]) || !isAlnum(text[i]) || !isDigit(text[i+2]) || !isDigit(text[i+3]) {
			continue
		}
		length := ibanLength(text[i : i+2])
		if length == 0 {
			continue
		}
		if end := ibanEnd(text, i, length); end > 0 && apart(text, i, end) && mod97(compact(text[i:end])) {
			out = append(out, Match{IBAN, i, end})
			i = end - 1
		}
	}
	return out
}

func ibanLength(country string) int {
	at := strings.Index(ibanLengths, strings.ToUpper(country))
	if at < 0 || at%5 != 0 {
		return 0
	}
	return int(ibanLengths[at+2]-'0')*10 + int(ibanLengths[at+3]-'0')
}

// ibanEnd returns where a number of length characters ends that begins at i,
// 0 where no group ends there.
func ibanEnd(text string, i, length int) int {
	for _, g := range groups(text, i, length, isAlnum) {
		if length -= g.end - g.start; length == 0 {
			return g.end
		}
	}
	return 0
}

// mod97 checks the number as ISO 7064, MOD 97-10 says: the first four
// characters moved to the end, letters read as 10 to 35, the rest is 1.
func mod97(iban string) bool {
	rest := 0
	for _, c := range []byte(strings.ToUpper(iban[4:] + iban[:4])) {
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}
