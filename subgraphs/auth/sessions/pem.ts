/**
 * The keys in the value of a variable. Environments that hold one line per variable write line breaks as \n, and some keep the quotes of a .env
 * file: `kubectl create secret --from-env-file` does.
 */
export function pemsIn(text: string): string[] {
  return text.replaceAll('\\n', '\n').match(/-----BEGIN[^]+?-----END [A-Z ]+-----/g) ?? [];
}
