{
  const { rowAction, pk } = document.getElementById("page").dataset;
  const manager = new ActionManager(
    "",
    rowAction,
    (query) => query.append("pk", pk),
    () => window.location.reload(),
    (_name, _element, error) => dangerAlert(error),
  );
  manager.initNoConfirmationActions();
  manager.initActionModal();
}
