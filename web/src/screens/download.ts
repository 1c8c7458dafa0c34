/** download hands a text to the browser as a file. It goes nowhere else. */
export function download(name: string, text: string, kind = "text/plain"): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
