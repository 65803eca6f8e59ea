/** What must go (-) and come (+) to make one text of another, by lines; ' ' stays. */
export function difference(before: string, after: string): { sign: '-' | '+' | ' '; text: string }[] {
  const [old, now] = [before.trimEnd().split('\n'), after.trimEnd().split('\n')];
  // common[i][j]: how many lines the texts still have in common from line i and line j on.
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i]![j] = old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: { sign: '-' | '+' | ' '; text: string }[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ sign: ' ', text: old[i]! });
      i++;
      j++;
    } else if (j >= now.length || (i < old.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ sign: '-', text: old[i++]! });
    } else lines.push({ sign: '+', text: now[j++]! });
  }
  return lines;
}
