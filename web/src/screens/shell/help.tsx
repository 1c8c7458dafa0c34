import { Dialog } from "../../parts/dialog";
import { activeKeys } from "../../parts/keys";

/** Help lists the keys that work here, now. */
export function Help({ close }: { close: () => void }) {
  return (
    <Dialog title="Keys that work here" onClose={close}>
      <table class="keys">
        <tbody>
          {activeKeys().map((k) => (
            <tr key={k.keys}>
              <th scope="row">
                {k.keys.split(" ").map((one, i) => (
                  <kbd key={i}>{one}</kbd>
                ))}
              </th>
              <td>{k.does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">Single letters act where no text has focus. Settings turns them off.</p>
    </Dialog>
  );
}
