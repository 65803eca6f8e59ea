/** Those of eight characters and more that lead every published list of leaked passwords, in lower case; shorter ones are refused by length. */
export const mostUsedPasswords: ReadonlySet<string> = new Set(
  `
  password password1 password12 password123 password1234 password12345 password123456789 passw0rd p@ssw0rd p@ssword
  passwort motdepasse contraseña senha123 12345678 123456789 1234567890 0123456789 87654321 987654321 0987654321
  123123123 123456123 123454321 12341234 11223344 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qwertyui qwertyuiop qwerty12 qwerty123
  qwerty1234 qwerty12345 qazwsxedc asdfghjk asdfghjkl asdf1234 zxcvbnm1 zaq12wsx q1w2e3r4 abcd1234 abc12345 a1b2c3d4
  aa123456 a12345678 iloveyou iloveyou1 ilovegod sunshine princess football football1 baseball basketball superman
  batman123 starwars pokemon1 pokemon123 minecraft fortnite trustno1 welcome1 welcome123 whatever changeme changeme1
  letmein1 letmein123 admin123 admin1234 administrator dragon123 monkey123 michael1 jennifer charlie1 computer internet
  samsung1 liverpool chocolate butterfly corvette mercedes midnight cocacola elephant secret123 test1234 testtest
  `
    .trim()
    .split(/\s+/),
);
