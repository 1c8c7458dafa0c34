const probe = document.createElement("span");
/** css is a role's colour now. A custom property alone says light-dark(…), which a canvas can't read. */
export function css(role: string): string {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${role})`;
  return getComputedStyle(probe).color;
}
