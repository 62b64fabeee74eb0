"""Routes for accounts and sign-ins, before there is anybody."""

from typing import cast

from fastapi import APIRouter, BackgroundTasks, Request, Response

from api.backend import Backend
from api.errors import refusals
from api.schemas.me import UserAnswer
from api.schemas.sign_in import (
    Credentials,
    ForgotWish,
    NewAccount,
    RefreshWish,
    RegisteredAnswer,
    ResetWish,
    TakenAnswer,
    TokensAnswer,
    VerifyWish,
)
from api.schemas.workspaces import WorkspaceAnswer
from api.work import by_address, origin_of
from cliply.domain.access import Role
from cliply.identity import accounts, recovery, sign_in
from cliply.identity import refresh as renewal
from cliply.identity.accounts import Registration
from cliply.identity.mail import verification
from cliply.limits.rules import LOGIN, REGISTER, REQUESTS

router = APIRouter(prefix="/api/auth", tags=["sign-in"])


@router.post(
    "/register",
    status_code=201,
    response_model=RegisteredAnswer,
    responses=refusals(403, 409),
    dependencies=[by_address(REGISTER)],
)
def register(wish: NewAccount, request: Request, mails: BackgroundTasks) -> RegisteredAnswer:
    """Make an account with a workspace of its own, and sign in."""
    backend = _backend(request)
    made = accounts.register(
        backend.system,
        backend.access_tokens,
        Registration(wish.email, wish.password, wish.name, wish.invitation),
        origin_of(request),
        needs_invitation=backend.settings.registration == "invited",
    )
    if made.verification is not None:
        mail = verification(made.user.email, backend.base_url, made.verification)
        mails.add_task(backend.mail.send, mail)
    return RegisteredAnswer(
        user=UserAnswer.of(made.user),
        workspace=WorkspaceAnswer.of(made.workspace, Role.owner),
        tokens=TokensAnswer.of(made.tokens),
    )


@router.post(
    "/login",
    response_model=TokensAnswer,
    responses=refusals(401),
    dependencies=[by_address(LOGIN)],
)
def login(given: Credentials, request: Request) -> TokensAnswer:
    """Sign in with an e-mail address and a password."""
    backend = _backend(request)
    tokens = sign_in.sign_in(
        backend.system,
        backend.access_tokens,
        given.email,
        given.password,
        origin_of(request),
    )
    return TokensAnswer.of(tokens)


@router.post(
    "/refresh",
    response_model=TokensAnswer,
    responses=refusals(401),
    dependencies=[by_address(REQUESTS)],
)
def refresh(wish: RefreshWish, request: Request) -> TokensAnswer:
    """Get the next pair of tokens; the refresh token that is given is spent with this."""
    backend = _backend(request)
    tokens = renewal.refresh(
        backend.system, backend.access_tokens, wish.refresh_token, origin_of(request)
    )
    return TokensAnswer.of(tokens)


@router.post(
    "/logout",
    status_code=204,
    responses=refusals(),
    dependencies=[by_address(REQUESTS)],
)
def logout(wish: RefreshWish, request: Request) -> Response:
    """End the sign-in that a refresh token came of; its access token runs out by itself."""
    sign_in.sign_out(_backend(request).system, wish.refresh_token)
    return Response(status_code=204)


@router.post(
    "/verify",
    status_code=204,
    responses=refusals(401),
    dependencies=[by_address(REQUESTS)],
)
def verify_email(wish: VerifyWish, request: Request) -> Response:
    """Confirm an e-mail address with what was mailed to it."""
    recovery.verify_email(_backend(request).system, wish.token)
    return Response(status_code=204)


@router.post(
    "/forgot",
    status_code=202,
    response_model=TakenAnswer,
    responses=refusals(),
    dependencies=[by_address(LOGIN)],
)
def forgot_password(wish: ForgotWish, request: Request, mails: BackgroundTasks) -> TakenAnswer:
    """Ask for a mail to choose a new password with; the answer tells nobody who has an account."""
    backend = _backend(request)
    # Looked up after the answer, whose time would otherwise tell what it does not say.
    mails.add_task(
        recovery.forget_password, backend.system, backend.mail, backend.base_url, wish.email
    )
    return TakenAnswer(message="If there is an account with this address, a mail is on its way.")


@router.post(
    "/reset",
    status_code=204,
    responses=refusals(401),
    dependencies=[by_address(LOGIN)],
)
def reset_password(wish: ResetWish, request: Request) -> Response:
    """Choose a new password with what was mailed; all sign-ins end with this."""
    recovery.reset_password(_backend(request).system, wish.token, wish.password)
    return Response(status_code=204)


def _backend(request: Request) -> Backend:
    return cast(Backend, request.app.state.backend)
