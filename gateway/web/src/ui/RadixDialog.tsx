import { Dialog as Radix } from "radix-ui";
import { useRef } from "react";
import { useTranslation } from "../i18n";
import { X } from "lucide-react";
import { Button, type DialogProps } from "./basics";

const fields = "input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled)";

export default function RadixDialog(props: DialogProps) {
  const { t } = useTranslation();
  // There is no trigger of Radix: who opened it gets the focus back.
  const before = useRef<HTMLElement | null>(null);
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-veil">
          <Radix.Content
            className="dialog"
            onOpenAutoFocus={(event) => {
              before.current = document.activeElement as HTMLElement | null;
              // A question begins in its first field. On "Close", where it would begin otherwise, the first space closes it.
              const field = (event.currentTarget as HTMLElement).querySelector<HTMLElement>(fields);
              if (field) {
                event.preventDefault();
                field.focus();
              }
            }}
            onCloseAutoFocus={() => before.current?.focus()}
            {...(props.text ? {} : { "aria-describedby": undefined })}
          >
            <div className="stack wide">
              <div className="row spread">
                <Radix.Title asChild>
                  <h2>{props.title}</h2>
                </Radix.Title>
                <Radix.Close asChild>
                  <Button look="quiet" size="icon" aria-label={t("app.close")}>
                    <X aria-hidden />
                  </Button>
                </Radix.Close>
              </div>
              {props.text && <Radix.Description>{props.text}</Radix.Description>}
              {props.children}
            </div>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}
